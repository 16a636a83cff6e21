import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { httpError } from './http-error.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Creates a hook that refuses state-changing requests from pages of other sites. */
export function refuseForeignOrigins(allowed: readonly string[]) {
  return async (request: FastifyRequest): Promise<void> => {
    const { origin } = request.headers;
    if (SAFE_METHODS.has(request.method) || origin === undefined) return;
    const isOwn = URL.canParse(origin) && new URL(origin).host === request.host;
    if (isOwn || allowed.includes(origin)) return;
    throw httpError(
      403,
      `requests from pages of ${origin} are refused; CORS_ORIGINS can allow them`,
    );
  };
}

/** Creates a hook that requires `Authorization: Bearer <token>`; without a token it accepts all requests. */
export function requireToken(token: string | undefined) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (token === undefined) return;
    const [scheme = '', given = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme.toLowerCase() === 'bearer' && isSame(given, token)) return;
    void reply.header('www-authenticate', 'Bearer');
    throw httpError(
      401,
      'the ADMIN_TOKEN of the service is required: Authorization: Bearer <token>',
    );
  };
}

/**
 * Creates a hook for requests that change the service itself: requires the token, or without one
 * that the request comes from this machine, by the address of its peer and the name that it asks for.
 */
export function requireTokenOrLoopback(token: string | undefined) {
  const checkToken = requireToken(token);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (token !== undefined) return checkToken(request, reply);
    const { headers, socket, hostname } = request;
    // a proxy on this machine passes on the requests of others
    const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
    // a page of a stranger may point its own name at this machine
    const isAskedByName = !isLoopback(hostname) && hostname !== 'localhost';
    if (isLoopback(socket.remoteAddress ?? '') && !isForwarded && !isAskedByName) return;
    throw httpError(
      403,
      'set ADMIN_TOKEN for the service, and send it; without one, only requests from the same machine to localhost may do this',
    );
  };
}

function isLoopback(address: string): boolean {
  return /^(?:::1|\[::1\]|(?:::ffff:)?127(?:\.\d{1,3}){3})$/.test(address);
}

/** Compares in constant time. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
