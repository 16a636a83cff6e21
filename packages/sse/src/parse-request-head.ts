import type { Start } from './resume-point.ts';

/** The head of a plain request for a stream. */
export interface RequestHead {
  readonly start: Start;
  /** The last address in `X-Forwarded-For`. */
  readonly forwardedFor: string | undefined;
}

const REQUEST_LINE = /^GET ([!-~]+) HTTP\/1\.1$/;
const QUERY = /^(?:limit=(\d{1,3})|lastEventId=(\d{1,15}-[0-9a-f]{12}))$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\x80-\xff]*)$/;
const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 8_192;
/** Headers that browsers, proxies and curl send. Any other header may need a full HTTP server. */
const KNOWN = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'cookie',
  'dnt',
  'host',
  'last-event-id',
  'pragma',
  'priority',
  'referer',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-gpc',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
]);

/**
 * Parses the first bytes of a connection as a request for a stream. Accepts only one complete
 * HTTP/1.1 GET for the path, with at most a cursor or a limit, and known headers. Returns undefined
 * for any other request, valid or not, which the HTTP server must handle.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3
 */
export function parseRequestHead(bytes: Buffer, path: string): RequestHead | undefined {
  if (bytes.byteLength > MAX_HEAD_BYTES) return undefined;
  const text = bytes.toString('latin1');
  if (text.indexOf(HEAD_END) !== text.length - HEAD_END.length) return undefined;
  const [requestLine = '', ...lines] = text.slice(0, -HEAD_END.length).split('\r\n');
  const start = startIn(REQUEST_LINE.exec(requestLine)?.[1], path);
  const headers = headersIn(lines);
  if (start === undefined || headers === undefined || !headers.has('host')) return undefined;
  const connection = headers.get('connection') ?? 'keep-alive';
  if (connection.toLowerCase() !== 'keep-alive') return undefined;
  const cursor = headers.get('last-event-id');
  return {
    start: cursor ? { kind: 'cursor', text: cursor } : start,
    forwardedFor: headers.get('x-forwarded-for')?.split(',').at(-1)?.trim(),
  };
}

function startIn(target: string | undefined, path: string): Start | undefined {
  if (target === path) return { kind: 'live' };
  if (target?.startsWith(`${path}?`) !== true) return undefined;
  const [isKnown, limit, cursor] = QUERY.exec(target.slice(path.length + 1)) ?? [];
  if (isKnown === undefined) return undefined;
  return cursor === undefined
    ? { kind: 'newest', limit: Number(limit) }
    : { kind: 'cursor', text: cursor };
}

function headersIn(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] = HEADER.exec(line) ?? [];
    const key = name?.toLowerCase();
    if (key === undefined || !KNOWN.has(key) || headers.has(key)) return undefined;
    headers.set(key, value.trim());
  }
  return headers;
}
