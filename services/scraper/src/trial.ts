import { PostponeError } from '@quotewire/bus';
import type { ExtractedPage, Extractor } from '@quotewire/extract';
import type { FetchedPage } from '@quotewire/fetch';
import { nameFor, notesOn, ProposeError, proposeInThread } from '@quotewire/propose';
import { httpError } from '@quotewire/service';
import {
  isOwnSite,
  parseSource,
  type Source,
  type SourcesConfig,
  SourcesError,
  unmetExpectationOf,
} from '@quotewire/sources';
import type { ScrapeParts } from './scrape.ts';
import type { SourceStates } from './source-states.ts';

export interface TrialParts {
  fetchPage: ScrapeParts['fetchPage'];
  extract: Extractor['extract'];
  states: SourceStates;
  config: SourcesConfig;
  /** Whether a host with its port is one of the operator's own, by the sources file. */
  isOwnHost: (host: string) => boolean;
}

/** An entry of a source, and what would be published of its first page. */
export interface Tried extends ExtractedPage {
  readonly entry: object;
  /** The caveats, a sentence each. */
  readonly notes: readonly string[];
}

/** How long a fetched page serves further trials, so that each edit of an entry isn't a request to the site. */
const PAGE_LIFETIME_MS = 5 * 60_000;
const MAX_PAGES = 8;
const MAX_URL_LENGTH = 2_083;

/**
 * Shows what would be published of a page, and publishes nothing. All requests go through the
 * downloader, as those of a guest: robots.txt, the pauses of the host, and public addresses only,
 * except for the hosts of the sources file that are the operator's own.
 */
export class Trial {
  readonly #parts: TrialParts;
  readonly #pages = new Map<string, { page: FetchedPage; untilMs: number }>();

  constructor(parts: TrialParts) {
    this.#parts = parts;
  }

  /** Fetches a source of the file. Rejects with an HTTP error. */
  async preview(source: Source): Promise<ExtractedPage> {
    return this.#extract(await this.#fetch(source), source);
  }

  /** Proposes an entry for a URL. Rejects with an HTTP error. */
  async propose(url: string): Promise<Tried> {
    checkUrl(url);
    const page = await this.#pageAt({ url });
    const proposed = await proposeInThread(page).catch((cause: unknown) => {
      throw cause instanceof ProposeError ? httpError(422, cause.message, { cause }) : cause;
    });
    const entry = { name: nameFor(url), url: page.url, ...proposed };
    const extracted = await this.#extract(page, this.parse(entry));
    return { entry, notes: notesOn(proposed, extracted), ...extracted };
  }

  /** Tries an entry. Rejects with an HTTP error. */
  async try(entry: object): Promise<Tried> {
    const source = this.parse(entry);
    const extracted = await this.#extract(await this.#pageAt(source), source);
    const unmet = unmetExpectationOf(source, extracted.quotes);
    const notes = [...(unmet === undefined ? [] : [unmet]), ...notesOn(source, extracted)];
    return { entry, notes, ...extracted };
  }

  /** The source of an entry. Throws an HTTP error that names each mistake. */
  parse(entry: object): Source {
    let source: Source;
    try {
      source = parseSource(entry, { ...this.#parts.config, path: 'the entry' });
      checkUrl(source.url);
    } catch (cause) {
      throw cause instanceof SourcesError ? httpError(400, cause.message, { cause }) : cause;
    }
    const { host } = new URL(source.url);
    if (isOwnSite(source) && !this.#parts.isOwnHost(host))
      throw httpError(
        400,
        `${host} is a private address: add its first source to the file by hand`,
      );
    return source;
  }

  /** n.b. without the entry's politeness, which may ignore robots.txt. */
  async #pageAt({ url, kind }: Pick<Source, 'url' | 'kind'>): Promise<FetchedPage> {
    const nowMs = Date.now();
    const untilMs = nowMs + PAGE_LIFETIME_MS;
    for (const [name, known] of this.#pages) if (known.untilMs <= nowMs) this.#pages.delete(name);
    const key = `${kind ?? ''} ${url}`;
    const known = this.#pages.get(key) ?? this.#pages.get(` ${url}`);
    if (known !== undefined) return known.page;
    const page = await this.#fetch({ url, ...(kind === undefined ? {} : { kind }) });
    // a proposal has the address behind redirects
    for (const name of new Set([key, ` ${page.url}`])) this.#pages.set(name, { page, untilMs });
    for (const name of [...this.#pages.keys()].slice(0, -MAX_PAGES)) this.#pages.delete(name);
    return page;
  }

  async #fetch(source: Parameters<TrialParts['fetchPage']>[1]['source']): Promise<FetchedPage> {
    const { states, fetchPage } = this.#parts;
    const until = states.blockedUntil(source) ?? states.retryAt(source);
    if (until !== undefined) {
      const { host } = new URL(source.url);
      const seconds = Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1_000));
      const refused = httpError(503, `${host} gets no requests until ${until.toISOString()}`);
      throw Object.assign(refused, { headers: { 'retry-after': String(seconds) } });
    }
    try {
      const page = await fetchPage(source.url, { source });
      if (page === undefined)
        throw new Error(`${source.url} answered 304 to an unconditional request`);
      return page;
    } catch (cause) {
      const statusCode = cause instanceof PostponeError ? 503 : 502;
      throw httpError(statusCode, (cause as Error).message, { cause });
    }
  }

  async #extract(page: FetchedPage, source: Source): Promise<ExtractedPage> {
    const scrapedAt = new Date().toISOString();
    return this.#parts.extract(page, { source, scrapedAt }).catch((cause: unknown) => {
      throw httpError(502, (cause as Error).message, { cause });
    });
  }
}

function checkUrl(url: string): void {
  const isAddress =
    /^https?:$/.test(URL.parse(url)?.protocol ?? '') && url.length <= MAX_URL_LENGTH;
  if (!isAddress)
    throw httpError(
      400,
      `url "${url.slice(0, 200)}" is no address of a page: it begins with https:// or http://, and has at most ${MAX_URL_LENGTH} characters`,
    );
  if (new URL(url).username !== '' || new URL(url).password !== '')
    throw httpError(400, 'url has a user name or a password: leave them out');
}
