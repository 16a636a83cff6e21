import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A hook that refuses requests which change something when another site's page makes them. */
export function refuseForeignOrigins(allowed: readonly string[]) {
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> => {
    const { origin } = request.headers;
    if (SAFE_METHODS.has(request.method) || origin === undefined) return undefined;
    const isOwn = URL.canParse(origin) && new URL(origin).host === request.host;
    if (isOwn || allowed.includes(origin)) return undefined;
    return reply.code(403).send({
      statusCode: 403,
      error: 'Forbidden',
      message: `pages of ${origin} may not do this; its owner can allow it with CORS_ORIGINS`,
    });
  };
}

/** A hook that lets a request pass only with `Authorization: Bearer <token>`; without a token set it lets all pass. */
export function requireToken(token: string | undefined) {
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> => {
    if (token === undefined) return undefined;
    const [scheme = '', given = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme.toLowerCase() === 'bearer' && isSame(given, token)) return undefined;
    return reply.code(401).header('www-authenticate', 'Bearer').send({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'this needs the ADMIN_TOKEN of the service: Authorization: Bearer <token>',
    });
  };
}

/** Takes the same time whatever the two have in common. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
