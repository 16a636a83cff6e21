import { type Agent, request } from 'undici';
import type { DownloadCount } from './counters.ts';
import { decompress } from './decompress.ts';
import { FetchError } from './fetch-error.ts';
import { parseRetryAfter } from './headers.ts';
import { parseRules, type Rules } from './robots-rules.ts';

export interface RobotsOptions {
  userAgent: string;
  timeoutMs: number;
  count: DownloadCount;
}

const MAX_BYTES = 500 * 1024;
const MAX_REDIRECTS = 5;
const MAX_AGE_MS = 24 * 3_600_000;
const MAX_SITES = 1_000;
const TOO_MANY_REQUESTS = 429;
const GZIP_MAGIC = 0x1f8b;

/**
 * Fetches the robots.txt of each site once a day.
 *
 * | response | rules |
 * |---|---|
 * | 2xx | those in its first 500 KiB |
 * | 4xx except 429, or too many redirects | everything is allowed |
 * | 429, 5xx, or none | nothing is allowed: rejects with a temporary `FetchError`, and the next call fetches again |
 *
 * @see https://www.rfc-editor.org/rfc/rfc9309#section-2.3
 */
export class Robots {
  readonly #options: RobotsOptions;
  readonly #rules = new Map<string, { rules: Rules; untilMs: number }>();

  constructor(options: RobotsOptions) {
    this.#options = options;
  }

  /** The rules of a page's site, fetched through `agent`. */
  async rulesOf(pageUrl: string, agent: Agent): Promise<Rules> {
    const { origin } = new URL(pageUrl);
    const known = this.#rules.get(origin);
    if (known !== undefined && known.untilMs > performance.now()) return known.rules;
    const rules = parseRules(await this.#fetch(`${origin}/robots.txt`, agent));
    if (this.#rules.size >= MAX_SITES) this.#rules.clear();
    this.#rules.set(origin, { rules, untilMs: performance.now() + MAX_AGE_MS });
    return rules;
  }

  async #fetch(url: string, agent: Agent): Promise<string> {
    const { userAgent, timeoutMs, count } = this.#options;
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { 'user-agent': userAgent, 'accept-encoding': 'identity' };
    let at = url;
    try {
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
        count('robotstxt_request_count_total', {});
        const response = await request(at, { dispatcher: agent, headers, signal });
        const { statusCode, headers: answered, body } = response;
        const headerOf = (name: string) => answered[name]?.toString();
        if (statusCode >= 200 && statusCode < 300) {
          return await textOf(await readStart(body), headerOf('content-encoding'), at);
        }
        await body.dump();
        if (statusCode >= 500 || statusCode === TOO_MANY_REQUESTS) {
          throw unavailable(`${at} answered ${statusCode}`, {
            retryAfterMs: parseRetryAfter(headerOf('retry-after'), Date.now()),
          });
        }
        const location = headerOf('location');
        if (statusCode >= 400 || location === undefined || !URL.canParse(location, at)) return '';
        at = new URL(location, at).href;
      }
      return '';
    } catch (cause) {
      // such as the refusal of a private address
      if (cause instanceof FetchError) throw cause;
      throw unavailable(`${url} can't be fetched: ${(cause as Error).message}`, { cause });
    }
  }
}

function unavailable(
  reason: string,
  options: { cause?: unknown; retryAfterMs?: number | undefined },
): FetchError {
  return new FetchError(`${reason}, so nothing is allowed`, { ...options, isTemporary: true });
}

/** n.b. some sites compress robots.txt against the request's Accept-Encoding, some without a Content-Encoding. */
async function textOf(body: Buffer, encoding: string | undefined, url: string): Promise<string> {
  const isGzip = body.length > 2 && body.readUInt16BE(0) === GZIP_MAGIC;
  const coding = isGzip ? 'gzip' : encoding;
  const decoded = await decompress(body, { url, encoding: coding, maxBytes: 20 * MAX_BYTES });
  return decoded.subarray(0, MAX_BYTES).toString();
}

async function readStart(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // n.b. leaving the loop closes the connection
    if (bytes >= MAX_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BYTES);
}
