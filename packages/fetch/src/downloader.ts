import { type Bus, PostponeError } from '@quotewire/bus';
import { politenessOf, type Source } from '@quotewire/sources';
import type { Agent } from 'undici';
import {
  type FetchResult,
  type FetchedPage,
  type FetchLimits,
  fetchPage,
  type Validators,
} from './fetch-page.ts';
import { HostQueue, type Wait } from './host-queue.ts';
import { acceptOf } from './headers.ts';
import { createAgent } from './agent.ts';
import type { DownloadCount } from './counters.ts';
import { FetchError } from './fetch-error.ts';
import { AutoThrottle } from './auto-throttle.ts';
import { Robots } from './robots.ts';
import { isSameSite } from '@quotewire/sources/same-site';

export interface DownloaderOptions {
  bus: Bus;
  limits: FetchLimits;
  userAgent: string;
  /** The operator's own hosts with their ports: their sources may use private addresses there, and get the shortest pause. */
  privateHosts: ReadonlySet<string>;
  /** How long a request waits in its host's queue before it is postponed. Default 5,000. */
  maxWaitMs?: number;
  /** Waits between requests. Default: a timer. */
  wait?: Wait;
  /** Creates the agents. Default: `createAgent`. */
  openAgent?: typeof createAgent;
  count: DownloadCount;
}

export interface DownloadOptions {
  /** The source of the page; determines politeness, `Accept` and private addresses. */
  source: Pick<Source, 'url' | 'kind' | 'politeness' | 'allowPrivate'>;
  /** Of the known version, if any. */
  validators?: Validators;
}

const MAX_REDIRECTS = 5;
/** Scrapy's URLLENGTH_LIMIT; longer URLs are refused. */
const MAX_URL_LENGTH = 2_083;
/** A longer `Retry-After` blocks the host until then. */
const MAX_REST_MS = 60_000;
/** Redirects whose target was postponed; the oldest is dropped first. */
const MAX_REDIRECTS_KEPT = 1_000;

/** Fetches pages politely: one request at a time per host, pauses, robots.txt, and no request to a blocked host. */
export class Downloader {
  readonly #options: DownloaderOptions;
  /** By the one private host that each agent may reach; the key undefined is the agent for public addresses only. */
  readonly #agents = new Map<string | undefined, Agent>();
  #privateHosts: ReadonlySet<string>;
  readonly #queue: HostQueue;
  readonly #robots: Robots;
  readonly #throttle: AutoThrottle;
  readonly #blockedUntilMs = new Map<string, number>();
  /** The redirect target at which a postponed page resumes, by the page's URL. */
  readonly #redirects = new Map<string, string>();

  constructor(options: DownloaderOptions) {
    const { bus, limits, userAgent, privateHosts, count, maxWaitMs, wait } = options;
    this.#options = options;
    this.#privateHosts = privateHosts;
    this.#queue = new HostQueue({ bus, maxWaitMs, wait });
    this.#robots = new Robots({ userAgent, timeoutMs: limits.timeoutMs, count });
    this.#throttle = new AutoThrottle({ ownHosts: privateHosts });
  }

  /**
   * Fetches a page and follows redirects within its site; resolves with undefined if the page still
   * matches the validators. Each request waits in the queue of its own host. Rejects with a
   * `FetchError`, or with a `PostponeError` if the host is busy or pausing.
   */
  async fetch(url: string, options: DownloadOptions): Promise<FetchedPage | undefined> {
    let leftMs = this.#options.limits.timeoutMs;
    let at = this.#redirects.get(url) ?? url;
    this.#redirects.delete(url);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const { result, tookMs } = await this.#sendInTurn(at, { ...options, leftMs }).catch(
        (error: unknown) => {
          // with long pauses, the page behind a redirect would otherwise never be fetched
          if (error instanceof PostponeError && at !== url) this.#remember(url, at);
          throw error;
        },
      );
      if (result.kind === 'page') return result.page;
      if (result.kind === 'not-modified') return undefined;
      // the timeout covers requests, not pauses
      leftMs = Math.max(1, Math.ceil(leftMs - tookMs));
      at = redirectTarget(at, result.to);
    }
    throw new FetchError(`${url} redirects more than ${MAX_REDIRECTS} times`);
  }

  /** Replaces the operator's own hosts; requests in progress aren't affected. */
  replacePrivateHosts(hosts: ReadonlySet<string>): void {
    this.#privateHosts = hosts;
    this.#throttle.replaceOwnHosts(hosts);
  }

  /** The pause after a request to a host, in ms; undefined before its first response. */
  pauseMsOf(url: string): number | undefined {
    return this.#throttle.of(new URL(url).host);
  }

  /** Ends all pauses and waits for the requests in progress. */
  async close(): Promise<void> {
    await this.#queue.close();
    await Promise.all([...this.#agents.values()].map((agent) => agent.close()));
  }

  async #sendInTurn(
    url: string,
    { leftMs, ...options }: DownloadOptions & { leftMs: number },
  ): Promise<{ result: FetchResult; tookMs: number }> {
    const { host } = new URL(url);
    const minMs = politenessOf(options.source).minDelaySeconds * 1_000;
    let restMs = 0;
    const work = async () => {
      const startedMs = performance.now();
      try {
        const result = await this.#send(url, { ...options, timeoutMs: leftMs });
        return { result, tookMs: performance.now() - startedMs };
      } catch (error) {
        if (!(error instanceof FetchError) || error.retryAfterMs === undefined) throw error;
        if (error.retryAfterMs > MAX_REST_MS) throw this.#block(host, error, error.retryAfterMs);
        restMs = error.retryAfterMs;
        throw error;
      }
    };
    const pauseMs = () => Math.max(restMs, this.#throttle.of(host) ?? minMs);
    return this.#queue.take(host, work, { pauseMs });
  }

  #remember(url: string, target: string): void {
    this.#redirects.set(url, target);
    const [oldest] = this.#redirects.keys();
    if (this.#redirects.size > MAX_REDIRECTS_KEPT && oldest !== undefined) {
      this.#redirects.delete(oldest);
    }
  }

  async #send(
    url: string,
    { source, validators = {}, timeoutMs }: DownloadOptions & { timeoutMs: number },
  ): Promise<FetchResult> {
    const { host } = new URL(url);
    const { limits, userAgent, count } = this.#options;
    const { obeyRobots, minDelaySeconds } = politenessOf(source);
    const agent = this.#agentFor(source);
    this.#refuseBlocked(host);
    const rules = obeyRobots ? await this.#robots.rulesOf(url, agent) : undefined;
    if (rules?.allows(url) === false) {
      count('robotstxt_forbidden_total', {});
      throw new FetchError(`robots.txt of ${host} doesn't allow ${url}`, { isBlocked: true });
    }
    const startedMs = performance.now();
    const observe = (outcome: 'ok' | 'error' | 'overloaded') => {
      const latencyMs = performance.now() - startedMs;
      const minMs = Math.max(minDelaySeconds * 1_000, rules?.crawlDelayMs ?? 0);
      this.#throttle.observe(host, { latencyMs, outcome, minMs });
    };
    try {
      const result = await fetchPage(url, {
        agent,
        userAgent,
        limits: { ...limits, timeoutMs },
        accept: acceptOf(source),
        validators,
        count,
      });
      if (result.kind === 'not-modified') count('httpcache_revalidate_total', {});
      observe('ok');
      return result;
    } catch (error) {
      observe(error instanceof FetchError && error.isOverloaded ? 'overloaded' : 'error');
      throw error;
    }
  }

  /** A foreign site or its robots.txt may redirect to a private host, so only that host's own source may connect to it. */
  #agentFor({ url }: Pick<Source, 'url'>): Agent {
    const { host } = new URL(url);
    const { limits, openAgent = createAgent } = this.#options;
    const ownHost = this.#privateHosts.has(host) ? host : undefined;
    const known = this.#agents.get(ownHost);
    if (known !== undefined) return known;
    const agent = openAgent({
      maxWireBytes: limits.maxWireBytes,
      privateHosts: new Set(ownHost === undefined ? [] : [ownHost]),
    });
    this.#agents.set(ownHost, agent);
    return agent;
  }

  #block(host: string, cause: FetchError, forMs: number): FetchError {
    const blockedUntil = new Date(Date.now() + forMs);
    this.#blockedUntilMs.set(host, blockedUntil.getTime());
    return new FetchError(cause.message, { cause, isBlocked: true, blockedUntil });
  }

  #refuseBlocked(host: string): void {
    const untilMs = this.#blockedUntilMs.get(host) ?? 0;
    if (untilMs <= Date.now()) {
      this.#blockedUntilMs.delete(host);
      return;
    }
    const blockedUntil = new Date(untilMs);
    const message = `${host} blocks requests until ${blockedUntil.toISOString()}`;
    throw new FetchError(message, { isBlocked: true, blockedUntil });
  }
}

function redirectTarget(from: string, to: string): string {
  if (to.length > MAX_URL_LENGTH) {
    throw new FetchError(`${from} redirects to a URL of more than ${MAX_URL_LENGTH} characters`);
  }
  if (!isSameSite(from, to)) {
    throw new FetchError(`${from} redirects to another site, ${to}`);
  }
  return to;
}
