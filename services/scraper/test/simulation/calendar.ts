import type { SourceOf } from '@quotewire/sources';
import type { Random } from './random.ts';
import { REST_SECONDS, SimulatedSite, type SiteTraits, type Weather } from './simulated-site.ts';

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** The longest time for which a host that fails is left alone. */
const MAX_REST_MS = 6 * HOUR_MS;
/** How often a host that fails for days may be asked in a day: each 6 hours, and at both ends. */
const MAX_REQUESTS_TO_FAILING_HOST = 6;

const WEATHERS: readonly Weather[] = [
  'markup',
  'no-next',
  'cut',
  'cut-behind',
  'gone',
  '503',
  '503-behind',
  '503-flaky',
  '429',
  'reset',
  'rest',
];

/** How a site goes through the days, and which entry reads it. */
export class Calendar {
  readonly site: SimulatedSite;
  readonly #random: Random;
  readonly #moves: { atMs: number; origin: string }[];
  readonly #maxPages: number;
  readonly #mode: 'new' | 'random';
  readonly #isMovable: boolean;
  /** The markup that the entry reads. */
  #version = 1;
  #weatherFromMs = 0;
  #weatherUntilMs = 0;
  #requestsOfDay = { day: -1, requests: 0 };
  /** Until when the site's host was told to be left alone. */
  restsUntilMs = 0;

  constructor({
    name,
    origin,
    random,
    beganMs,
    days,
    textOf,
  }: {
    name: string;
    origin: string;
    random: Random;
    beganMs: number;
    days: number;
    textOf: () => string;
  }) {
    const traits: SiteTraits = {
      paging: random.oneOf([
        'links',
        'links',
        'links-circle',
        '404',
        '410',
        'empty',
        'clamped',
        'circle',
      ]),
      order: random.oneOf(['newest-first', 'newest-first', 'oldest-first']),
      perPage: 2 + random.below(4),
      validators: random.oneOf(['none', 'etag', 'last-modified']),
    };
    this.site = new SimulatedSite({ name, origin, traits, random, textOf });
    this.#random = random;
    this.#maxPages = random.oneOf([1, 2, 3, 20, 20]);
    this.#mode = random() < 0.1 ? 'random' : 'new';
    this.#isMovable = origin.endsWith('.example');
    const { host } = new URL(origin);
    this.#moves = [`https://${host}`, `https://www.${host}`].map((moved) => ({
      atMs: beganMs + random.below(days) * DAY_MS,
      origin: moved,
    }));
    this.#entryOrigin = origin;
  }

  readonly #entryOrigin: string;

  /** The entry in the file of sources. */
  entry(): SourceOf<'html'> {
    const isLinked = this.site.traits.paging.startsWith('links');
    return {
      name: this.site.name,
      enabled: true,
      url: `${this.#entryOrigin}/`,
      item: `.v${this.#version}`,
      fields: { text: 'span', author: 'b' },
      next: isLinked ? 'a.next' : { url: '/page/{page}' },
      maxPages: this.#maxPages,
      mode: this.#mode,
    };
  }

  get fineSince(): string {
    return new Date(this.#weatherUntilMs).toISOString();
  }

  /** By then a source whose site is well is asked again. */
  get recoversByMs(): number {
    return this.site.weather === 'fine'
      ? this.#weatherUntilMs + MAX_REST_MS
      : Number.POSITIVE_INFINITY;
  }

  /** Lets the time of an interval pass: tells whether quotes came to other places, and the entry if it was changed. */
  advance({ intervalSeconds, isSweeping }: { intervalSeconds: number; isSweeping: boolean }): {
    isDisturbed: boolean;
    entry?: SourceOf<'html'>;
  } {
    const { site } = this;
    const days = intervalSeconds / 86_400;
    const happens = (perDay: number) => this.#random() < perDay * days;
    let isDisturbed = false;
    if (happens(0.5)) site.grow(1 + this.#random.below(3));
    if (happens(0.02)) site.grow(site.traits.perPage * 2);
    if (happens(0.12)) {
      site.drop(1 + this.#random.below(2));
      isDisturbed ||= isSweeping;
    }
    if (site.trim()) isDisturbed ||= isSweeping;
    if (happens(0.01)) {
      site.shuffle();
      isDisturbed = true;
    }
    const move = this.#moves.find(({ atMs }) => atMs <= Date.now());
    if (move !== undefined && this.#isMovable) {
      this.#moves.splice(this.#moves.indexOf(move), 1);
      site.origin = move.origin;
    }
    const entry = this.#changeWeather(happens);
    return { isDisturbed, ...(entry === undefined ? {} : { entry }) };
  }

  /** Changes the site in the middle of a run, now and then; returns whether it did. */
  changeInRun(): boolean {
    if (this.#random() > 0.005) return false;
    const change = this.#random.oneOf(['grow', 'drop', 'shuffle'] as const);
    if (change === 'grow') this.site.grow(1 + this.#random.below(4));
    else if (change === 'drop') this.site.drop(2);
    else this.site.shuffle();
    return true;
  }

  countRequest(nowMs: number, violations: string[]): void {
    const day = Math.floor(nowMs / DAY_MS);
    if (this.#requestsOfDay.day !== day) this.#requestsOfDay = { day, requests: 0 };
    this.#requestsOfDay.requests += 1;
    const hasFailedForDays = nowMs - this.#weatherFromMs > 5 * DAY_MS;
    const isDown = ['503', '429', 'reset'].includes(this.site.weather);
    const { requests } = this.#requestsOfDay;
    if (isDown && hasFailedForDays && requests > MAX_REQUESTS_TO_FAILING_HOST) {
      violations.push(`asked ${this.site.name} ${requests} times on day ${day}, which was down`);
    }
  }

  #changeWeather(happens: (perDay: number) => boolean): SourceOf<'html'> | undefined {
    const { site } = this;
    if (site.weather === 'fine') {
      if (!happens(0.04)) return undefined;
      this.#weatherFromMs = Date.now();
      this.#weatherUntilMs = Date.now() + (0.2 + this.#random() * 8) * DAY_MS;
      site.weather = this.#random.oneOf(WEATHERS);
      if (site.weather === 'rest')
        this.#weatherUntilMs = Date.now() + this.#random() * 3 * REST_SECONDS * 1_000;
      if (site.weather === 'markup') site.version += 1;
      site.touch();
      return undefined;
    }
    if (Date.now() < this.#weatherUntilMs) return undefined;
    const wasMarkup = site.weather === 'markup';
    site.weather = 'fine';
    this.#weatherUntilMs = Date.now();
    site.touch();
    if (!wasMarkup) return undefined;
    if (this.#random() < 0.5) {
      site.version = this.#version;
      return undefined;
    }
    this.#version = site.version;
    return this.entry();
  }
}
