import { hash } from 'node:crypto';
import { quoteId } from '@quotewire/events';
import type { Random } from './random.ts';

/** The constant properties of a site. */
export interface SiteTraits {
  /** How pages follow each other: by links, or by numbers, with this response after the last page. */
  readonly paging: 'links' | 'links-cycle' | '404' | '410' | 'empty' | 'last-again' | 'cycle';
  readonly order: 'newest-first' | 'oldest-first';
  readonly perPage: number;
  readonly validators: 'none' | 'etag' | 'last-modified';
}

/** The fault of a site, which lasts some days. */
export type SiteCondition =
  | 'healthy'
  | 'markup-changed'
  | 'link-missing'
  | 'truncated'
  | 'later-page-truncated'
  | 'missing'
  | '503'
  | 'later-page-503'
  | '503-sometimes'
  | '429'
  | 'connection-reset'
  | 'blocked';

/** A response; the status 0 stands for a broken connection. */
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

/** The Retry-After of a site that blocks requests. */
export const RETRY_AFTER_SECONDS = 5 * 3_600;
const MAX_PAGES = 7;

/** A site of quotes whose content and faults the simulation controls. */
export class SimulatedSite {
  readonly name: string;
  readonly traits: SiteTraits;
  readonly #random: Random;
  readonly #texts: () => string;
  quotes: SiteQuote[] = [];
  condition: SiteCondition = 'healthy';
  /** The version of the markup, which the selectors of the entry name. */
  version = 1;
  /** The current origin; the site's other origins redirect to it. */
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

  /** Adds quotes at the end that has the newest. */
  grow(count: number): void {
    for (let added = 0; added < count; added += 1) {
      const text = this.#texts();
      const author = `Author ${text.length}`;
      const id = quoteId({ text, author });
      // the site may have this shared quote already
      if (this.quotes.some((quote) => quote.id === id)) continue;
      const quote = { id, text, author, sinceMs: Date.now() };
      if (this.traits.order === 'newest-first') this.quotes.unshift(quote);
      else this.quotes.push(quote);
    }
    this.touch();
  }

  /** Removes random quotes while more than two pages remain. */
  drop(count: number): void {
    for (let dropped = 0; dropped < count; dropped += 1) {
      if (this.quotes.length <= this.traits.perPage * 2 + 1) return;
      this.quotes.splice(this.#random.below(this.quotes.length), 1);
    }
    this.touch();
  }

  /** Removes the oldest quotes beyond a maximum of pages. Returns whether there were any. */
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

  /** Updates Last-Modified, which also changes with the template. */
  touch(): void {
    this.#changedAtMs = Date.now();
  }

  answer(url: URL, headers: Readonly<Record<string, string | undefined>>): SiteAnswer {
    const { condition } = this;
    if (url.pathname === '/robots.txt') return answerOf(404);
    if (condition === 'connection-reset') return answerOf(0);
    if (url.origin !== this.origin) {
      return answerOf(301, { location: new URL(url.pathname, this.origin).href });
    }
    if (condition === '503') return answerOf(503);
    if (condition === '503-sometimes' && this.#random() < 0.6) return answerOf(503);
    if (condition === '429') return answerOf(429);
    if (condition === 'blocked')
      return answerOf(429, { 'retry-after': String(RETRY_AFTER_SECONDS) });
    const number = Number(/^\/page\/(\d+)$/.exec(url.pathname)?.[1] ?? 1);
    if (condition === 'missing' && number === 1) return answerOf(this.#random.oneOf([404, 410]));
    if (condition === 'later-page-503' && number > 1) return answerOf(503);
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

  /** Returns the number of the page to send; undefined for a missing page. */
  #shownFor(number: number): number | undefined {
    if (number <= this.pageCount) return number;
    if (this.traits.paging === 'last-again') return this.pageCount;
    if (this.traits.paging === 'cycle') return 1;
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
      ? paging === 'links-cycle' && '<a class="next" href="/">next</a>'
      : `<a class="next" href="/page/${number + 1}">next</a>`;
    const hasLink =
      paging.startsWith('links') && this.condition !== 'link-missing' && next !== false;
    const body = `<!doctype html><body>\n${items.join('')}${hasLink ? next : ''}</body>`;
    const isTruncated = this.condition === (number === 1 ? 'truncated' : 'later-page-truncated');
    return isTruncated ? body.slice(0, body.lastIndexOf('<span>') + 3) : body;
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
