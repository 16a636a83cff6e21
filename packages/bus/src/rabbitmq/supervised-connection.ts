import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ChannelModel } from 'amqplib';
import type { BusLogger } from '../bus.ts';
import type { BusCount } from '../counters.ts';
import { closeQuietly, endOfConnection, openConnection } from './connection.ts';

export interface ConnectionOptions {
  url: string;
  /** Shown by the broker's tools beside the role. */
  name: string;
  role: 'publish' | 'consume';
  /** Runs on each new connection before anyone may use it. */
  prepare: (connection: ChannelModel) => Promise<void>;
  logger: BusLogger;
  count: BusCount;
}

/** A connection that works. */
export interface LiveConnection {
  readonly connection: ChannelModel;
  /** Resolves with the reason when the connection ends. */
  readonly closed: Promise<string>;
}

/** A channel that works. */
export interface OpenedChannel {
  readonly channel: Channel;
  /** Resolves with the reason when it ends. */
  readonly died: Promise<string>;
}

export type OpenChannel = (connection: ChannelModel) => Promise<OpenedChannel>;

/** One AMQP connection that comes back by itself, with backoff and jitter, and so do the channels that it keeps. */
export class SupervisedConnection {
  readonly #options: ConnectionOptions;
  readonly #closing = new AbortController();
  readonly #keeping = new Set<Promise<void>>();
  readonly #connecting: Promise<void>;
  readonly #firstAttempt = Promise.withResolvers<void>();
  #live = Promise.withResolvers<LiveConnection>();
  #current: LiveConnection | undefined;
  #problem: string | undefined = 'not connected yet';

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#firstAttempt.promise.catch(() => {});
    this.#connecting = this.#keepConnected();
  }

  /** Why the connection can't be used right now, if it can't. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The connection, while there is one. */
  get live(): LiveConnection | undefined {
    return this.#current;
  }

  /** Resolves when connected; rejects when the first attempt fails, after which it goes on trying all the same. */
  get firstAttempt(): Promise<void> {
    return this.#firstAttempt.promise;
  }

  /** Keeps a channel open: again on each new connection, and after each end of its own. `close` closes the channel. */
  keep(label: string, open: OpenChannel): { close(): Promise<void> } {
    const stopping = new AbortController();
    const signal = AbortSignal.any([stopping.signal, this.#closing.signal]);
    const loop = this.#keepOpen(label, open, signal).finally(() => this.#keeping.delete(loop));
    this.#keeping.add(loop);
    return {
      close: async () => {
        stopping.abort();
        await loop;
      },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#connecting, ...this.#keeping]);
  }

  async #keepConnected(): Promise<void> {
    const { logger, role, prepare, count } = this.#options;
    const { signal } = this.#closing;
    const stopped = whenAborted(signal);
    let reported: string | undefined;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const connecting = this.#connect();
      let live: LiveConnection | undefined;
      try {
        live = await orEnd(connecting, stopped);
        const { connection, closed } = live;
        this.#watchBlocking(connection);
        await orEnd(prepare(connection), Promise.race([closed, stopped]));
        failures = 0;
        reported = undefined;
        this.#problem = undefined;
        count('amqp_connections_total', { role });
        logger.info({ role }, 'connected to the broker');
        this.#firstAttempt.resolve();
        this.#live.resolve(live);
        this.#current = live;
        this.#problem = await Promise.race([closed, stopped]);
        this.#current = undefined;
        this.#live = Promise.withResolvers();
      } catch (error) {
        this.#problem = explain(error);
        this.#firstAttempt.reject(error);
      }
      if (!signal.aborted && this.#problem !== reported) {
        reported = this.#problem;
        logger.warn({ role, reason: reported }, 'no connection to the broker, trying again');
      }
      const closing = connecting.then(({ connection }) => closeQuietly(connection), ignore);
      // n.b. one that was given up on may come about yet, and isn't waited for
      if (live !== undefined) await closing;
      // n.b. nothing but a human helps against a refused login, and the broker logs each one
      await backoff(isLoginRefused(this.#problem) ? Number.POSITIVE_INFINITY : failures, signal);
    }
  }

  async #connect(): Promise<LiveConnection> {
    const { url, name, role } = this.#options;
    const connection = await openConnection(url, `${name}:${role}`);
    return { connection, closed: endOfConnection(connection) };
  }

  #watchBlocking(connection: ChannelModel): void {
    const { logger, role } = this.#options;
    connection.on('blocked', (reason) => {
      this.#problem = `blocked by the broker: ${reason}`;
      logger.warn({ role, reason }, 'the broker takes no events for now');
    });
    connection.on('unblocked', () => {
      this.#problem = undefined;
      logger.info({ role }, 'the broker takes events again');
    });
  }

  async #keepOpen(label: string, open: OpenChannel, signal: AbortSignal): Promise<void> {
    const stopped = whenAborted(signal);
    let reported: string | undefined;
    let usedBefore: ChannelModel | undefined;
    for (let failures = 0; !signal.aborted; failures += 1) {
      let opening: Promise<OpenedChannel> | undefined;
      let opened: OpenedChannel | undefined;
      let reason: string;
      try {
        const { connection, closed } = await orEnd(this.#live.promise, stopped);
        // a channel that ended by itself may have lost its queue
        const isReady = connection === usedBefore ? this.#options.prepare(connection) : undefined;
        usedBefore = connection;
        opening = Promise.resolve(isReady).then(() => open(connection));
        opened = await orEnd(opening, Promise.race([closed, stopped]));
        failures = 0;
        reported = undefined;
        reason = await Promise.race([opened.died, closed, stopped]);
      } catch (error) {
        reason = explain(error);
      }
      const closing = opening?.then(({ channel }) => closeQuietly(channel), ignore);
      // n.b. one that was given up on may come about yet, and isn't waited for
      if (opened !== undefined) await closing;
      if (!signal.aborted && reason !== reported) {
        reported = reason;
        this.#options.logger.warn({ channel: label, reason }, 'channel ended, opening it again');
      }
      await backoff(failures, signal);
    }
  }
}

/** The work's result, or a rejection as soon as what it needs has ended. */
function orEnd<T>(work: Promise<T>, ended: Promise<string>): Promise<T> {
  return Promise.race([
    work,
    ended.then((reason): never => {
      throw new Error(reason);
    }),
  ]);
}

function whenAborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('closed');
    else signal.addEventListener('abort', () => resolve('closed'), { once: true });
  });
}

async function backoff(failures: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(5_000, 100 * 2 ** failures) * (0.5 + Math.random() / 2);
  await delay(ms, undefined, { signal }).catch(() => {});
}

/** n.b. amqplib gives the broker's words, but not its code. */
function isLoginRefused(reason: string): boolean {
  return reason.includes('ACCESS_REFUSED - Login was refused');
}

function explain(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(explain).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}

function ignore(): void {}
