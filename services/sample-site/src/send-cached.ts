import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Reply, Request } from '@quotewire/service';

const compress = promisify(gzip);

/**
 * Sends a text with an `ETag`, gzipped for clients that accept it, or a 304 when the tag matches.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export async function sendCached(
  text: string,
  { request, reply, type }: { request: Request; reply: Reply; type: string },
) {
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  // n.b. a strong tag identifies the exact bytes, so each encoding needs another tag
  const etag = `"${hash('sha256', text).slice(0, 20)}${takesGzip ? '-gzip' : ''}"`;
  void reply.headers({ etag, 'cache-control': 'no-cache', vary: 'accept-encoding' });
  const known = (request.headers['if-none-match'] ?? '').split(',');
  if (known.some((tag) => tag.trim().replace(/^W\//, '') === etag)) return reply.code(304).send();
  void reply.type(type);
  if (!takesGzip) return reply.send(text);
  return reply.header('content-encoding', 'gzip').send(await compress(text));
}
