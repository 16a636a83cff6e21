import type { SourceOf } from '@quotewire/sources';
import type { Random } from './random.ts';
import {
  RETRY_AFTER_SECONDS,
  SimulatedSite,
  type SiteTraits,
  type SiteCondition,
} from './simulated-site.ts';

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** The longest backoff of a failing host. */
const MAX_BACKOFF_MS = 6 * HOUR_MS;
/** The daily limit of requests to a host that fails for days: one each 6 hours, and one at each end. */
const MAX_REQUESTS_TO_FAILING_HOST = 6;

const FAULTY_CONDITIONS: readonly SiteCondition[] = [
  'markup-changed',
  'link-missing',
  'truncated',
  'later-page-truncated',
  'missing',
  '503',
  'later-page-503',
  '503-sometimes',
  '429',
  'connection-reset',
  'blocked',
];

/** Changes a site over time, and provides the entry that reads it. */
export class SiteTimeline {
  readonly site: SimulatedSite;
  readonly #random: Random;
  readonly #moves: { atMs: number; origin: string }[];
  readonly #maxPages: number;
  readonly #mode: 'new' | 'random';
  readonly #isMovable: boolean;
  /** The version of the markup that the entry reads. */
  #version = 1;
  #faultySinceMs = 0;
  #faultyUntilMs = 0;
  #requestsOfDay = { day: -1, requests: 0 };
  /** When the published block or backoff of the host ends. */
  blockedUntilMs = 0;

  constructor({
    name,
    origin,
    random,
    startMs,
    days,
    textOf,
  }: {
    name: string;
    origin: string;
    random: Random;
    startMs: number;
    days: number;
    textOf: () => string;
  }) {
    const traits: SiteTraits = {
      paging: random.oneOf([
        'links',
        'links',
        'links-cycle',
        '404',
        '410',
        'empty',
        'last-again',
        'cycle',
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
      atMs: startMs + random.below(days) * DAY_MS,
      origin: moved,
    }));
    this.#entryOrigin = origin;
  }

  readonly #entryOrigin: string;

  /** Returns the entry in the sources file. */
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

  get healthySince(): string {
    return new Date(this.#faultyUntilMs).toISOString();
  }

  /** When a request to a healthy site is due at the latest. */
  get recoversByMs(): number {
    return this.site.condition === 'healthy'
      ? this.#faultyUntilMs + MAX_BACKOFF_MS
      : Number.POSITIVE_INFINITY;
  }

  /** Applies the changes of one interval. Returns whether quotes changed position, and the entry if it changed. */
  advance({ intervalSeconds, isSweeping }: { intervalSeconds: number; isSweeping: boolean }): {
    isReordered: boolean;
    entry?: SourceOf<'html'>;
  } {
    const { site } = this;
    const days = intervalSeconds / 86_400;
    const happens = (perDay: number) => this.#random() < perDay * days;
    let isReordered = false;
    if (happens(0.5)) site.grow(1 + this.#random.below(3));
    if (happens(0.02)) site.grow(site.traits.perPage * 2);
    if (happens(0.12)) {
      site.drop(1 + this.#random.below(2));
      isReordered ||= isSweeping;
    }
    if (site.trim()) isReordered ||= isSweeping;
    if (happens(0.01)) {
      site.shuffle();
      isReordered = true;
    }
    const move = this.#moves.find(({ atMs }) => atMs <= Date.now());
    if (move !== undefined && this.#isMovable) {
      this.#moves.splice(this.#moves.indexOf(move), 1);
      site.origin = move.origin;
    }
    const entry = this.#changeCondition(happens);
    return { isReordered, ...(entry === undefined ? {} : { entry }) };
  }

  /** Sometimes changes the site during a run; returns whether it did. */
  changeDuringRun(): boolean {
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
    const hasFailedForDays = nowMs - this.#faultySinceMs > 5 * DAY_MS;
    const isDown = ['503', '429', 'connection-reset'].includes(this.site.condition);
    const { requests } = this.#requestsOfDay;
    if (isDown && hasFailedForDays && requests > MAX_REQUESTS_TO_FAILING_HOST) {
      violations.push(
        `sent ${requests} requests to ${this.site.name} on day ${day}, while it was down`,
      );
    }
  }

  #changeCondition(happens: (perDay: number) => boolean): SourceOf<'html'> | undefined {
    const { site } = this;
    if (site.condition === 'healthy') {
      if (!happens(0.04)) return undefined;
      this.#faultySinceMs = Date.now();
      this.#faultyUntilMs = Date.now() + (0.2 + this.#random() * 8) * DAY_MS;
      site.condition = this.#random.oneOf(FAULTY_CONDITIONS);
      if (site.condition === 'blocked')
        this.#faultyUntilMs = Date.now() + this.#random() * 3 * RETRY_AFTER_SECONDS * 1_000;
      if (site.condition === 'markup-changed') site.version += 1;
      site.touch();
      return undefined;
    }
    if (Date.now() < this.#faultyUntilMs) return undefined;
    const wasMarkup = site.condition === 'markup-changed';
    site.condition = 'healthy';
    this.#faultyUntilMs = Date.now();
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
