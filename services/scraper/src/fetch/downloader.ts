import type { Bus } from '@quotewire/bus';
import { politenessOf, type Source } from '@quotewire/sources';
import type { Agent } from 'undici';
import {
  type Answer,
  type FetchedPage,
  type FetchLimits,
  fetchPage,
  type Validators,
} from '../fetch-page.ts';
import { HostTurns } from './host-turns.ts';
import { acceptOf } from './accept.ts';
import { createAgent } from './agent.ts';
import type { DownloadCount } from './counters.ts';
import { FetchError } from './fetch-error.ts';
import { HostDelays } from './host-delays.ts';
import { Robots } from './robots.ts';
import { isSameSite } from './same-site.ts';

export interface DownloaderOptions {
  bus: Bus;
  limits: FetchLimits;
  userAgent: string;
  /** The operator's own hosts, with their ports: they may be at private addresses, and get the shortest pause. */
  privateHosts: ReadonlySet<string>;
  count: DownloadCount;
}

export interface DownloadOptions {
  /** Whose page it is: says how its site is visited. */
  source: Pick<Source, 'url' | 'kind' | 'politeness' | 'allowPrivate'>;
  /** Of the version that's known, if any. */
  validators?: Validators;
}

const MAX_REDIRECTS = 5;
/** A longer wait isn't waited for: the host is blocked until it's over. */
const MAX_WAIT_MS = 60_000;

/** Fetches pages as a polite guest: by turns, with pauses, within what robots.txt allows, and not while it was told to stay away. */
export class Downloader {
  readonly #options: DownloaderOptions;
  readonly #agent: Agent;
  readonly #turns: HostTurns;
  readonly #robots: Robots;
  readonly #delays: HostDelays;
  readonly #blockedUntilMs = new Map<string, number>();

  constructor(options: DownloaderOptions) {
    const { bus, limits, userAgent, privateHosts, count } = options;
    this.#options = options;
    this.#agent = createAgent({ maxWireBytes: limits.maxWireBytes, privateHosts });
    this.#turns = new HostTurns({ bus });
    const { timeoutMs } = limits;
    this.#robots = new Robots({ agent: this.#agent, userAgent, timeoutMs, count });
    this.#delays = new HostDelays({ ownHosts: privateHosts });
  }

  /**
   * The page, behind redirects within its site; undefined when it's still the one that the
   * validators are of. Rejects with a `FetchError`, or with a `PostponeError` when the host is busy
   * or rests.
   */
  async fetch(url: string, options: DownloadOptions): Promise<FetchedPage | undefined> {
    const { host } = new URL(url);
    const minMs = politenessOf(options.source).minDelaySeconds * 1_000;
    let restMs = 0;
    const work = async () => {
      try {
        return await this.#follow(url, options);
      } catch (error) {
        if (!(error instanceof FetchError) || error.retryAfterMs === undefined) throw error;
        if (error.retryAfterMs > MAX_WAIT_MS) throw this.#block(host, error, error.retryAfterMs);
        restMs = error.retryAfterMs;
        throw error;
      }
    };
    const pauseMs = () => Math.max(restMs, this.#delays.of(host) ?? minMs);
    return this.#turns.take(host, work, { pauseMs });
  }

  /** Waits for the requests in hand, and no longer for pauses. */
  async close(): Promise<void> {
    await this.#turns.close();
    await this.#agent.close();
  }

  /** n.b. all in one turn: after a long pause in between, a redirect would never be followed to its end. */
  async #follow(url: string, options: DownloadOptions): Promise<FetchedPage | undefined> {
    const untilMs = performance.now() + this.#options.limits.timeoutMs;
    let at = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const timeoutMs = Math.max(1, Math.ceil(untilMs - performance.now()));
      const answer = await this.#ask(at, { ...options, timeoutMs });
      if (answer.kind === 'page') return answer.page;
      if (answer.kind === 'not-modified') return undefined;
      if (!isSameSite(at, answer.to)) {
        throw new FetchError(`${at} redirects to ${answer.to}, which is another site`);
      }
      at = answer.to;
    }
    throw new FetchError(`${url} redirects more than ${MAX_REDIRECTS} times`);
  }

  async #ask(
    url: string,
    { source, validators = {}, timeoutMs }: DownloadOptions & { timeoutMs: number },
  ): Promise<Answer> {
    const { host } = new URL(url);
    const { limits, userAgent, count } = this.#options;
    const { obeyRobots, minDelaySeconds } = politenessOf(source);
    this.#refuseBlocked(host);
    const rules = obeyRobots ? await this.#robots.rulesOf(url) : undefined;
    if (rules?.allows(url) === false) {
      count('robotstxt_forbidden_total', {});
      throw new FetchError(`robots.txt of ${host} doesn't allow ${url}`, { isBlocked: true });
    }
    const startedMs = performance.now();
    const observe = (outcome: 'ok' | 'error' | 'overloaded') => {
      const latencyMs = performance.now() - startedMs;
      const minMs = Math.max(minDelaySeconds * 1_000, rules?.crawlDelayMs ?? 0);
      this.#delays.observe(host, { latencyMs, outcome, minMs });
    };
    try {
      const agent = this.#agent;
      const answer = await fetchPage(url, {
        agent,
        userAgent,
        limits: { ...limits, timeoutMs },
        accept: acceptOf(source),
        validators,
        count,
      });
      if (answer.kind === 'not-modified') count('httpcache_revalidate_total', {});
      observe('ok');
      return answer;
    } catch (error) {
      observe(error instanceof FetchError && error.isOverloaded ? 'overloaded' : 'error');
      throw error;
    }
  }

  #block(host: string, cause: FetchError, forMs: number): FetchError {
    const blockedUntil = new Date(Date.now() + forMs);
    this.#blockedUntilMs.set(host, blockedUntil.getTime());
    return new FetchError(cause.message, { cause, isBlocked: true, blockedUntil });
  }

  #refuseBlocked(host: string): void {
    const untilMs = this.#blockedUntilMs.get(host) ?? 0;
    if (untilMs <= Date.now()) return;
    const blockedUntil = new Date(untilMs);
    throw new FetchError(`${host} wants to be left alone`, { isBlocked: true, blockedUntil });
  }
}
