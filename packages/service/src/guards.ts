import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { httpError } from './http-error.ts';
import type { HttpConfig } from './http-settings.ts';

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

/** How a process is reached, as far as its guards need it. */
type Reached = Pick<HttpConfig, 'trustProxy' | 'allowedHosts'>;

/**
 * Creates a hook that requires `Authorization: Bearer <token>`. Without a token it accepts requests
 * from private addresses only, under a name that no other site can have.
 */
export function requireToken(token: string | undefined, reached: Reached) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (token !== undefined) return checkToken(request, reply, { token, setting: 'ADMIN_TOKEN' });
    if (!isPrivateClient(request, reached)) {
      throw httpError(
        403,
        'set ADMIN_TOKEN for the service, and send it; without one, only requests from private addresses may do this',
      );
    }
    // a page of a stranger may point its own name at this machine
    const { allowedHosts = [] } = reached;
    const name = request.hostname.toLowerCase();
    if (!isLocalName(name) && !allowedHosts.includes(name)) {
      throw httpError(
        403,
        `requests to ${name} are refused, since any page may have that name: set ADMIN_TOKEN, or list the name in ALLOWED_HOSTS`,
      );
    }
  };
}

/** Creates a hook for `GET /metrics`: requires the token, or without one a private address. */
export function requireMetricsToken({
  metricsToken: token,
  ...reached
}: Reached & Pick<HttpConfig, 'metricsToken'>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (token !== undefined) return checkToken(request, reply, { token, setting: 'METRICS_TOKEN' });
    if (isPrivateClient(request, reached)) return;
    throw httpError(
      403,
      'set METRICS_TOKEN for the service, and send it; without one, only requests from private addresses may read the metrics',
    );
  };
}

async function checkToken(
  request: FastifyRequest,
  reply: FastifyReply,
  { token, setting }: { token: string; setting: string },
): Promise<void> {
  const [scheme = '', given = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer' && isSame(given, token)) return;
  void reply.header('www-authenticate', 'Bearer');
  throw httpError(401, `the ${setting} of the service is required: Authorization: Bearer <token>`);
}

/**
 * Creates a hook for requests that change the service itself: requires the token, or without one
 * that the request comes from this machine, by the address of its peer and the name that it asks for.
 */
export function requireTokenOrLoopback(token: string | undefined) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (token !== undefined) return checkToken(request, reply, { token, setting: 'ADMIN_TOKEN' });
    const { socket, hostname } = request;
    // a page of a stranger may point its own name at this machine
    const isAskedByName = !isLoopback(hostname) && hostname !== 'localhost';
    // a proxy on this machine passes on the requests of others
    if (isLoopback(socket.remoteAddress ?? '') && !isForwarded(request) && !isAskedByName) return;
    throw httpError(
      403,
      'set ADMIN_TOKEN for the service, and send it; without one, only requests from the same machine to localhost may do this',
    );
  };
}

/** Whether a request comes from a private address. One through a proxy whose word isn't trusted may come from anywhere. */
function isPrivateClient(request: FastifyRequest, { trustProxy }: Reached): boolean {
  if (!trustProxy && isForwarded(request)) return false;
  return isPrivate(request.ip);
}

function isForwarded({ headers }: FastifyRequest): boolean {
  return headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
}

/** @see https://www.iana.org/assignments/iana-ipv4-special-registry and its counterpart for IPv6 */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('127.0.0.0', 8);
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
PRIVATE.addSubnet('169.254.0.0', 16);
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

function isPrivate(address: string): boolean {
  const [withoutZone = ''] = address.split('%');
  const version = isIP(withoutZone);
  // n.b. BlockList finds an IPv4 address that is mapped into IPv6 among those of IPv4
  return version !== 0 && PRIVATE.check(withoutZone, version === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a name can't be one of a site on the internet: an address, localhost, or a name without a dot. */
function isLocalName(hostname: string): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) !== 0 || !hostname.includes('.') || hostname.endsWith('.localhost');
}

/** Whether an address is one of this machine's own. */
export function isLoopback(address: string): boolean {
  return /^(?:::1|\[::1\]|(?:::ffff:)?127(?:\.\d{1,3}){3})$/.test(address);
}

/** Compares in constant time. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
