import robotsParser from 'robots-parser';
import { type Agent, request } from 'undici';
import type { DownloadCount } from './counters.ts';
import { FetchError } from './fetch-error.ts';

/** What a site asks of robots. */
export interface Rules {
  allows(url: string): boolean;
  readonly crawlDelayMs: number | undefined;
}

export interface RobotsOptions {
  agent: Agent;
  userAgent: string;
  timeoutMs: number;
  count: DownloadCount;
}

// n.b. its types tell of a default export, which as CommonJS it has not
const parse = robotsParser as unknown as typeof robotsParser.default;

/** How we're called in robots.txt. */
const PRODUCT = 'Quotewire';
const MAX_BYTES = 500 * 1024;
const MAX_REDIRECTS = 5;
const MAX_AGE_MS = 24 * 3_600_000;
const MAX_SITES = 1_000;

/**
 * The robots.txt of each site, asked for once a day.
 *
 * | the site answers | then |
 * |---|---|
 * | 2xx | what it says counts, its first 500 KiB |
 * | 4xx, or too many redirects | everything is allowed |
 * | 5xx, or nothing | nothing is allowed: rejects with a temporary `FetchError`, and asks again next time |
 *
 * @see https://www.rfc-editor.org/rfc/rfc9309#section-2.3
 */
export class Robots {
  readonly #options: RobotsOptions;
  readonly #rules = new Map<string, { rules: Rules; untilMs: number }>();

  constructor(options: RobotsOptions) {
    this.#options = options;
  }

  async rulesOf(pageUrl: string): Promise<Rules> {
    const { origin } = new URL(pageUrl);
    const known = this.#rules.get(origin);
    if (known !== undefined && known.untilMs > Date.now()) return known.rules;
    const rules = parseRules(`${origin}/robots.txt`, await this.#fetch(`${origin}/robots.txt`));
    if (this.#rules.size >= MAX_SITES) this.#rules.clear();
    this.#rules.set(origin, { rules, untilMs: Date.now() + MAX_AGE_MS });
    return rules;
  }

  async #fetch(url: string): Promise<string> {
    const { agent, userAgent, timeoutMs, count } = this.#options;
    const signal = AbortSignal.timeout(timeoutMs);
    let at = url;
    try {
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
        count('robotstxt_request_count_total', {});
        const headers = { 'user-agent': userAgent, 'accept-encoding': 'identity' };
        const {
          statusCode,
          headers: answered,
          body,
        } = await request(at, {
          dispatcher: agent,
          headers,
          signal,
        });
        const location = answered.location?.toString();
        if (statusCode >= 200 && statusCode < 300) return await readStart(body);
        await body.dump();
        if (statusCode >= 500) throw new Error(`it answered ${statusCode}`);
        if (statusCode >= 400 || location === undefined || !URL.canParse(location, at)) return '';
        at = new URL(location, at).href;
      }
      return '';
    } catch (cause) {
      // n.b. such as that the host is at a private address
      if (cause instanceof FetchError) throw cause;
      const reason = (cause as Error).message;
      throw new FetchError(`${url} can't be read, so nothing is allowed: ${reason}`, {
        cause,
        isTemporary: true,
      });
    }
  }
}

/** What a robots.txt says; `url` is its own. */
export function parseRules(url: string, text: string): Rules {
  const robots = parse(url, text);
  const crawlDelaySeconds = robots.getCrawlDelay(PRODUCT);
  return {
    allows: (page) => robots.isAllowed(page, PRODUCT) !== false,
    crawlDelayMs: crawlDelaySeconds === undefined ? undefined : crawlDelaySeconds * 1_000,
  };
}

async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // n.b. leaving the loop closes the connection
    if (bytes >= MAX_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BYTES).toString();
}
