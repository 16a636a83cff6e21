import { setTimeout as delay } from 'node:timers/promises';
import type { Follower } from '@quotewire/bus';
import type { Logger } from '@quotewire/service';
import { createParser } from 'eventsource-parser';
import { type QuoteFeed, TRACE } from './quote-feed.ts';
import type { QuoteOrigin } from './quote-origin.ts';

/** Silence after which a connection counts as dead: 2.5 heartbeats. */
const SILENCE_MS = 37_500;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** More than an event has: its data is at most 64 KiB. */
const MAX_FRAME_CHARACTERS = 256 * 1024;
/** The position before the oldest entry of any log. */
const START = '0-000000000000';

/**
 * The stream of another quote-stream, which makes this one a relay: positions, gaps and fingerprints
 * stay as they are, so that a browser may move between the two. A chain of relays works likewise.
 */
export function upstreamOrigin(streamUrl: string, { logger }: { logger: Logger }): QuoteOrigin {
  let problem: string | undefined = `${streamUrl} has not answered yet`;
  return {
    problems: () => (problem === undefined ? [] : [problem]),
    follow(feed) {
      return new UpstreamFollower(streamUrl, {
        feed,
        onLive() {
          problem = undefined;
          logger.info({ upstream: streamUrl }, 'following the upstream');
        },
        onLost(reason) {
          if (problem === undefined)
            logger.warn({ upstream: streamUrl, reason }, 'lost the upstream');
          problem = `${streamUrl}: ${reason}`;
        },
      });
    },
  };
}

interface FollowerParts {
  readonly feed: QuoteFeed;
  readonly onLive: () => void;
  readonly onLost: (reason: string) => void;
}

class UpstreamFollower implements Follower {
  readonly #streamUrl: URL;
  readonly #parts: FollowerParts;
  readonly #closing = new AbortController();
  readonly #caughtUp = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #cursor = START;
  #retryMs = FIRST_RETRY_MS;
  #failures = 0;

  constructor(streamUrl: string, parts: FollowerParts) {
    this.#streamUrl = new URL(streamUrl);
    this.#streamUrl.searchParams.set(TRACE.name, '1');
    this.#parts = parts;
    this.#running = this.#run();
  }

  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    this.#caughtUp.reject(new Error('closed'));
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const reason = await this.#readStream().catch(reasonOf);
      if (signal.aborted) return;
      this.#parts.onLost(reason);
      // spread, so that relays don't reconnect all at once
      const longestMs = Math.min(this.#retryMs * 2 ** this.#failures, MAX_RETRY_MS);
      this.#failures += 1;
      await delay(longestMs * Math.random(), undefined, { signal }).catch(() => {});
    }
  }

  /** Reads one connection to its end; resolves with the reason. */
  async #readStream(): Promise<string> {
    const silence = new AbortController();
    const watchdog = setTimeout(() => {
      silence.abort(new Error(`it sent nothing for ${SILENCE_MS / 1_000} s`));
    }, SILENCE_MS);
    const signal = AbortSignal.any([this.#closing.signal, silence.signal]);
    try {
      const end = await this.#readList(signal);
      const response = await fetch(this.#streamUrl, {
        headers: { accept: 'text/event-stream', 'last-event-id': this.#cursor },
        signal,
      });
      assertIs(response, 'text/event-stream');
      const decoder = new TextDecoder();
      const parser = this.#createParser(end);
      for await (const chunk of response.body ?? []) {
        watchdog.refresh();
        parser.feed(decoder.decode(chunk, { stream: true }));
      }
      return 'it ended the stream';
    } finally {
      clearTimeout(watchdog);
      silence.abort();
    }
  }

  /** Reads the states of the sources, which the stream sends only when they change. Resolves with the newest cursor. */
  async #readList(signal: AbortSignal): Promise<string> {
    const url = new URL('quotes?limit=1', this.#streamUrl);
    const response = await fetch(url, { headers: { accept: 'application/json' }, signal });
    assertIs(response, 'application/json');
    const { sources, cursor } = (await response.json()) as { sources: unknown; cursor: unknown };
    this.#parts.feed.onStates(sources);
    return String(cursor);
  }

  #createParser(end: string) {
    const { feed, onLive } = this.#parts;
    let isLive = false;
    let comment: string | undefined;
    const checkProgress = (isIdle: boolean) => {
      this.#failures = 0;
      if (isLive || !(isIdle || feed.hasReached(end))) return;
      isLive = true;
      onLive();
      this.#caughtUp.resolve();
    };
    return createParser({
      maxBufferSize: MAX_FRAME_CHARACTERS,
      // the first frame has no more than an id, before an event that may never come
      onId: () => checkProgress(false),
      onComment: (text) => {
        comment = text;
      },
      onEvent: ({ id, event, data }) => {
        if (id === undefined) return;
        feed.onFrame({ id, event, data, comment });
        comment = undefined;
        this.#cursor = id;
        checkProgress(event === 'heartbeat');
      },
      onRetry: (ms) => {
        this.#retryMs = Math.min(Math.max(ms, FIRST_RETRY_MS), MAX_RETRY_MS);
      },
    });
  }
}

function assertIs(response: Response, type: string): void {
  const { status, headers } = response;
  const contentType = headers.get('content-type') ?? 'no content type';
  if (status !== 200 || !contentType.startsWith(type)) {
    throw new Error(`${response.url} answered ${status} with ${contentType} instead of ${type}`);
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
