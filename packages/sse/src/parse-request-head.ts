import type { Start } from './resume-point.ts';

/** The head of a plain request for a stream. */
export interface RequestHead {
  readonly path: string;
  readonly start: Start;
  /** The last address in `X-Forwarded-For`. */
  readonly forwardedFor: string | undefined;
  readonly acceptEncoding: string | undefined;
}

const REQUEST_LINE = /^GET (\/[!-"$->@-~]*)(?:\?([!-"$-~]*))? HTTP\/1\.1$/;
const QUERY = /^(?:limit=(\d{1,3})|lastEventId=(\d{1,15}-[0-9a-f]{12}))$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\x80-\xff]*)$/;
const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 8_192;
/**
 * Headers that browsers, curl and proxies send, none of which changes the response beyond what
 * `RequestHead` says. Any other header may need a full HTTP server.
 */
const KNOWN = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'cdn-loop',
  'connect-time',
  'connection',
  'cookie',
  'dnt',
  'forwarded',
  'host',
  'last-event-id',
  'pragma',
  'priority',
  'referer',
  'sec-gpc',
  'traceparent',
  'tracestate',
  'true-client-ip',
  'user-agent',
  'via',
  'x-amz-cf-id',
  'x-amzn-trace-id',
  'x-client-ip',
  'x-correlation-id',
  'x-original-forwarded-for',
  'x-real-ip',
  'x-request-id',
  'x-request-start',
  'x-scheme',
]);
const KNOWN_PREFIX = /^(?:cf|sec-ch|sec-fetch|x-forwarded|x-envoy)-/;

/**
 * Parses the first bytes of a connection as a request for a stream. Accepts only one complete
 * HTTP/1.1 GET, with at most a cursor or a limit, and known headers, each once. Returns undefined for
 * any other request, valid or not, which the HTTP server must handle.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3
 */
export function parseRequestHead(bytes: Buffer): RequestHead | undefined {
  if (bytes.byteLength > MAX_HEAD_BYTES) return undefined;
  const text = bytes.toString('latin1');
  if (text.indexOf(HEAD_END) !== text.length - HEAD_END.length) return undefined;
  const [requestLine = '', ...lines] = text.slice(0, -HEAD_END.length).split('\r\n');
  const [, path, query] = REQUEST_LINE.exec(requestLine) ?? [];
  if (path === undefined) return undefined;
  const start = startIn(query);
  const headers = headersIn(lines);
  if (start === undefined || headers === undefined || !headers.has('host')) return undefined;
  const connection = headers.get('connection') ?? 'keep-alive';
  if (!/^(?:keep-alive|close)$/i.test(connection)) return undefined;
  const cursor = headers.get('last-event-id');
  return {
    path,
    start: cursor ? { kind: 'cursor', text: cursor } : start,
    forwardedFor: headers.get('x-forwarded-for')?.split(',').at(-1)?.trim(),
    acceptEncoding: headers.get('accept-encoding'),
  };
}

function startIn(query: string | undefined): Start | undefined {
  if (query === undefined) return { kind: 'live' };
  const [isKnown, limit, cursor] = QUERY.exec(query) ?? [];
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
    if (key === undefined || headers.has(key)) return undefined;
    if (!KNOWN.has(key) && !KNOWN_PREFIX.test(key)) return undefined;
    headers.set(key, value.trim());
  }
  return headers;
}
