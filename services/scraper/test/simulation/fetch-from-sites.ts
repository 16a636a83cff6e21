import { type FetchedPage, FetchError, parseRetryAfter, type Validators } from '@quotewire/fetch';
import { isSameSite } from '@quotewire/sources/same-site';
import type { SiteAnswer } from './simulated-site.ts';

type AnswerRequest = (url: URL, headers: Record<string, string | undefined>) => SiteAnswer;

const TEMPORARY_STATUSES = new Set([429, 503]);

/** What `Downloader` makes of the answers of a site, without sockets and pauses. */
export async function fetchFrom(
  answerRequest: AnswerRequest,
  url: string,
  { etag, lastModified }: Validators = {},
): Promise<FetchedPage | undefined> {
  let at = url;
  for (let redirects = 0; redirects <= 5; redirects += 1) {
    const { status, headers, body } = answerRequest(new URL(at), {
      'if-none-match': etag,
      'if-modified-since': lastModified,
    });
    if (status === 0) throw new FetchError(`${at} can't be fetched`, { isTemporary: true });
    if (status === 304) return undefined;
    const { location } = headers;
    if (location !== undefined) {
      if (!isSameSite(at, location)) throw new FetchError(`${at} redirects to ${location}`);
      at = location;
      continue;
    }
    if (status !== 200) throw refusal(at, status, headers['retry-after']);
    const validators: Validators = {
      ...(headers.etag === undefined ? {} : { etag: headers.etag }),
      ...(headers['last-modified'] === undefined ? {} : { lastModified: headers['last-modified'] }),
    };
    return { url: at, contentType: 'text/html', body: Buffer.from(body), validators };
  }
  throw new FetchError(`${url} redirects more than 5 times`);
}

function refusal(url: string, status: number, retryAfter: string | undefined): FetchError {
  const message = `${url} answered ${status}`;
  const retryAfterMs = parseRetryAfter(retryAfter, Date.now());
  if (retryAfterMs !== undefined && retryAfterMs > 60_000) {
    const blockedUntil = new Date(Date.now() + retryAfterMs);
    return new FetchError(message, { isBlocked: true, blockedUntil });
  }
  const isTemporary = TEMPORARY_STATUSES.has(status);
  return new FetchError(message, { status, isTemporary, retryAfterMs });
}
