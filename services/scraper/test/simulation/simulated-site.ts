import { hash } from 'node:crypto';
import { quoteId } from '@quotewire/events';
import type { Random } from './random.ts';

/** How a site is built: it stays so for both years. */
export interface SiteTraits {
  /** The first two link to the next page; behind the last of numbered pages is what the name says. */
  readonly paging: 'links' | 'links-circle' | '404' | '410' | 'empty' | 'clamped' | 'circle';
  readonly order: 'newest-first' | 'oldest-first';
  readonly perPage: number;
  readonly validators: 'none' | 'etag' | 'last-modified';
}

/** What is wrong with a site for some days. */
export type Weather =
  | 'fine'
  | 'markup'
  | 'no-next'
  | 'cut'
  | 'cut-behind'
  | 'gone'
  | '503'
  | '503-behind'
  | '503-flaky'
  | '429'
  | 'reset'
  | 'rest';

/** What a site answers to one request; the status 0 is a connection that breaks. */
export interface SiteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A quote on a site. */
export interface SiteQuote {
  readonly id: string;
  readonly text: string;
  readonly author: string;
  readonly sinceMs: number;
}

/** For how long a site that refuses requests wants to be left alone. */
export const REST_SECONDS = 5 * 3_600;
const MAX_PAGES = 7;

/** A site of quotes that changes when it's told to. */
export class SimulatedSite {
  readonly name: string;
  readonly traits: SiteTraits;
  readonly #random: Random;
  readonly #texts: () => string;
  quotes: SiteQuote[] = [];
  weather: Weather = 'fine';
  /** Of the markup: the entry that can read it names it. */
  version = 1;
  /** Where the site lives; all others of its addresses redirect there. */
  origin: string;
  #changedAtMs = 0;

  constructor({
    name,
    origin,
    traits,
    random,
    textOf,
  }: {
    name: string;
    origin: string;
    traits: SiteTraits;
    random: Random;
    textOf: () => string;
  }) {
    this.name = name;
    this.origin = origin;
    this.traits = traits;
    this.#random = random;
    this.#texts = textOf;
    this.grow(traits.perPage * (2 + random.below(3)));
  }

  get pageCount(): number {
    return Math.ceil(this.quotes.length / this.traits.perPage);
  }

  /** Adds quotes where this site has its newest. */
  grow(count: number): void {
    for (let added = 0; added < count; added += 1) {
      const text = this.#texts();
      const author = `Author ${text.length}`;
      const id = quoteId({ text, author });
      // n.b. a site that shares quotes may have this one already
      if (this.quotes.some((quote) => quote.id === id)) continue;
      const quote = { id, text, author, sinceMs: Date.now() };
      if (this.traits.order === 'newest-first') this.quotes.unshift(quote);
      else this.quotes.push(quote);
    }
    this.touch();
  }

  /** Takes some quotes off, as long as more than two pages are left. */
  drop(count: number): void {
    for (let dropped = 0; dropped < count; dropped += 1) {
      if (this.quotes.length <= this.traits.perPage * 2 + 1) return;
      this.quotes.splice(this.#random.below(this.quotes.length), 1);
    }
    this.touch();
  }

  /** Moves the oldest off, so that the site has few pages. */
  trim(): boolean {
    const most = MAX_PAGES * this.traits.perPage;
    if (this.quotes.length <= most) return false;
    const isNewestFirst = this.traits.order === 'newest-first';
    this.quotes = isNewestFirst ? this.quotes.slice(0, most) : this.quotes.slice(-most);
    this.touch();
    return true;
  }

  shuffle(): void {
    const keyed = this.quotes.map((quote) => ({ quote, key: this.#random() }));
    this.quotes = keyed.toSorted((a, b) => a.key - b.key).map(({ quote }) => quote);
    this.touch();
  }

  /** n.b. a site whose template changes says that its pages did. */
  touch(): void {
    this.#changedAtMs = Date.now();
  }

  answer(url: URL, headers: Readonly<Record<string, string | undefined>>): SiteAnswer {
    const { weather } = this;
    if (url.pathname === '/robots.txt') return answerOf(404);
    if (weather === 'reset') return answerOf(0);
    if (url.origin !== this.origin) {
      return answerOf(301, { location: new URL(url.pathname, this.origin).href });
    }
    if (weather === '503') return answerOf(503);
    if (weather === '503-flaky' && this.#random() < 0.6) return answerOf(503);
    if (weather === '429') return answerOf(429);
    if (weather === 'rest') return answerOf(429, { 'retry-after': String(REST_SECONDS) });
    const number = Number(/^\/page\/(\d+)$/.exec(url.pathname)?.[1] ?? 1);
    if (weather === 'gone' && number === 1) return answerOf(this.#random.oneOf([404, 410]));
    if (weather === '503-behind' && number > 1) return answerOf(503);
    const shown = this.#shownFor(number);
    if (shown === undefined) return answerOf(this.traits.paging === '410' ? 410 : 404);
    const body = this.#bodyOf(shown);
    const validators = this.#validatorsOf(body);
    const isKnown =
      (validators.etag !== undefined && headers['if-none-match'] === validators.etag) ||
      (validators['last-modified'] !== undefined &&
        headers['if-modified-since'] === validators['last-modified']);
    if (isKnown) return answerOf(304, validators);
    return { status: 200, headers: { 'content-type': 'text/html', ...validators }, body };
  }

  /** The number of the page that's shown; undefined for none. */
  #shownFor(number: number): number | undefined {
    if (number <= this.pageCount) return number;
    if (this.traits.paging === 'clamped') return this.pageCount;
    if (this.traits.paging === 'circle') return 1;
    return this.traits.paging === 'empty' ? number : undefined;
  }

  #bodyOf(number: number): string {
    const { perPage, paging } = this.traits;
    const shown = this.quotes.slice((number - 1) * perPage, number * perPage);
    const items = shown.map(
      ({ text, author }) =>
        `<div class="v${this.version}"><span>${text}</span> <b>${author}</b></div>\n`,
    );
    const isLast = number >= this.pageCount;
    const next = isLast
      ? paging === 'links-circle' && '<a class="next" href="/">next</a>'
      : `<a class="next" href="/page/${number + 1}">next</a>`;
    const hasLink = paging.startsWith('links') && this.weather !== 'no-next' && next !== false;
    const body = `<!doctype html><body>\n${items.join('')}${hasLink ? next : ''}</body>`;
    const isCut = this.weather === (number === 1 ? 'cut' : 'cut-behind');
    return isCut ? body.slice(0, body.lastIndexOf('<span>') + 3) : body;
  }

  #validatorsOf(body: string): Record<string, string> {
    if (this.traits.validators === 'etag') return { etag: `"${hash('sha256', body, 'hex')}"` };
    if (this.traits.validators === 'none') return {};
    return { 'last-modified': new Date(this.#changedAtMs).toUTCString() };
  }
}

function answerOf(status: number, headers: Record<string, string> = {}): SiteAnswer {
  return { status, headers, body: '' };
}
