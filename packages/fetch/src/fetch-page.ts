import { type Agent, errors, request } from 'undici';
import type { DownloadCount } from './counters.ts';
import { decompress } from './decompress.ts';
import { FetchError } from './fetch-error.ts';
import { acceptOf, parseRetryAfter } from './headers.ts';

/** A fetched page, decompressed. */
export interface FetchedPage {
  /** The final URL, after redirects. */
  readonly url: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** For the next conditional request. */
  readonly validators?: Validators;
}

/** The validators of one version of a page. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8 */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** Limits of size and time for one page. */
export interface FetchLimits {
  readonly maxWireBytes: number;
  readonly maxDecodedBytes: number;
  readonly timeoutMs: number;
}

/** The result of one request. */
export type FetchResult =
  | { readonly kind: 'page'; readonly page: FetchedPage }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'redirect'; readonly to: string };

export interface FetchOptions {
  agent: Agent;
  userAgent: string;
  limits: FetchLimits;
  /** The `Accept` header. Default: HTML. */
  accept?: string;
  /** Of the known version: if the site still has it, the result is `not-modified`. */
  validators?: Validators | undefined;
  count: DownloadCount;
}

/** Statuses of a temporary fault of the site. */
const TEMPORARY_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Sends one request and follows no redirect. Rejects with `FetchError`. */
export async function fetchPage(url: string, options: FetchOptions): Promise<FetchResult> {
  const { limits, count } = options;
  count('downloader_request_count_total', {});
  try {
    return await send(url, options);
  } catch (error) {
    if (error instanceof FetchError) throw error;
    const { name, message } = error as Error;
    count('downloader_exception_type_count_total', { type: name });
    if (error instanceof errors.ResponseExceededMaxSizeError) {
      throw new FetchError(`${url} has more than ${limits.maxWireBytes} bytes`, { cause: error });
    }
    const reason =
      name === 'TimeoutError'
        ? `the request took longer than ${limits.timeoutMs / 1_000} s`
        : message;
    throw new FetchError(`${url} can't be fetched: ${reason}`, { cause: error, isTemporary: true });
  }
}

async function send(url: string, options: FetchOptions): Promise<FetchResult> {
  const { agent, userAgent, limits, accept = acceptOf({}), validators = {}, count } = options;
  const { etag, lastModified } = validators;
  const response = await request(url, {
    dispatcher: agent,
    headers: {
      'user-agent': userAgent,
      accept,
      'accept-encoding': 'gzip, deflate, br, zstd',
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
      ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
    },
    signal: AbortSignal.timeout(limits.timeoutMs),
  });
  const { statusCode } = response;
  const headerOf = (name: string) => response.headers[name]?.toString();
  count('downloader_response_status_count_total', { status: String(statusCode) });
  // n.b. rejects if the body is shorter than its content-length: a truncated page must not pass for a short one
  const body = Buffer.from(await response.body.arrayBuffer());
  count('downloader_response_bytes_total', {}, body.length);
  if (statusCode === 304) return { kind: 'not-modified' };
  const location = headerOf('location');
  if (REDIRECTS.has(statusCode) && location !== undefined && URL.canParse(location, url)) {
    return { kind: 'redirect', to: new URL(location, url).href };
  }
  if (statusCode !== 200) {
    throw new FetchError(`${url} answered ${statusCode}`, {
      status: statusCode,
      isTemporary: TEMPORARY_STATUSES.has(statusCode),
      isOverloaded: statusCode === 429 || statusCode === 503,
      retryAfterMs: TEMPORARY_STATUSES.has(statusCode)
        ? parseRetryAfter(headerOf('retry-after'), Date.now())
        : undefined,
    });
  }
  const page = {
    url,
    contentType: headerOf('content-type') ?? '',
    body: await decompress(body, {
      url,
      encoding: headerOf('content-encoding'),
      maxBytes: limits.maxDecodedBytes,
    }),
    validators: validatorsOf(headerOf('etag'), headerOf('last-modified')),
  };
  return { kind: 'page', page };
}

/** Validators travel in jobs and states, so long ones are dropped. */
function validatorsOf(etag: string | undefined, lastModified: string | undefined): Validators {
  const isShort = (text: string | undefined) => text !== undefined && text.length <= 200;
  return {
    ...(isShort(etag) ? { etag } : {}),
    ...(isShort(lastModified) ? { lastModified } : {}),
  } as Validators;
}
