import type { Channel, ChannelModel } from 'amqplib';
import type { BusLogger } from '../bus.ts';
import type { BusCount } from '../counters.ts';
import { unlessAborted } from './answered.ts';
import type { BusClock } from './clock.ts';
import {
  type BrokerUrl,
  closeChannel,
  closeQuietly,
  destroyConnection,
  endOfConnection,
  openConnection,
} from './connection.ts';
import { explain } from './explain.ts';
import { keepAlive, type Open } from './keep-alive.ts';

/** Longer than every wait within the opening of a channel, for example for an event's confirm. */
const CHANNEL_DEADLINE_MS = 60_000;

export interface ConnectionOptions {
  url: BrokerUrl;
  /** The name in the broker's tools, beside the role. */
  name: string;
  role: 'publish' | 'consume';
  /** Declares the topology on each new connection, before any channel uses the connection. */
  declare: (connection: ChannelModel) => Promise<void>;
  logger: BusLogger;
  count: BusCount;
  clock: BusClock;
}

/** An open connection. */
export interface LiveConnection {
  readonly connection: ChannelModel;
  /** Aborts with an error that names the reason when the connection closes. */
  readonly ended: AbortSignal;
  /** Whether the broker blocks the connection, because it is short of memory or disk. */
  readonly isBlocked: () => boolean;
}

/** An open channel. */
export interface OpenedChannel {
  readonly channel: Channel;
  /** Resolves with the reason when the channel closes. */
  readonly died: Promise<string>;
}

export type OpenChannel = (connection: ChannelModel) => Promise<OpenedChannel>;

/** An AMQP connection that reconnects with backoff and jitter, and reopens the channels that it keeps. */
export class SupervisedConnection {
  readonly #options: ConnectionOptions;
  readonly #closing = new AbortController();
  readonly #kept = new Set<{ close(): Promise<void> }>();
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

  /** The reason why the connection can't be used, if there is one. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get role(): 'publish' | 'consume' {
    return this.#options.role;
  }

  /** The open connection, if there is one. */
  get live(): LiveConnection | undefined {
    return this.#current;
  }

  /** Whether the broker blocks the connection, because it is short of memory or disk; false without a connection. */
  get isBlocked(): boolean {
    return this.#current?.isBlocked() ?? false;
  }

  /** Resolves when connected; rejects when the first attempt fails. The connection keeps trying either way. */
  get firstAttempt(): Promise<void> {
    return this.#firstAttempt.promise;
  }

  /** Keeps a channel open: opens it on each new connection, and again after it closes. `close` closes the channel. */
  keep(label: string, open: OpenChannel): { close(): Promise<void> } {
    const stopping = new AbortController();
    const keeping = this.#keepOpen(label, open, stopping.signal);
    const kept = {
      close: async () => {
        stopping.abort(new Error('closed'));
        await keeping;
        this.#kept.delete(kept);
      },
    };
    this.#kept.add(kept);
    return kept;
  }

  /** Gives up the connection and opens another one, if there are several nodes perhaps to another. Does nothing without a connection. */
  restart(reason: string): void {
    if (this.#current !== undefined) destroyConnection(this.#current.connection, reason);
  }

  async close(): Promise<void> {
    const reason = new Error('closed');
    this.#closing.abort(reason);
    this.#firstAttempt.reject(reason);
    await Promise.all([this.#connecting, ...[...this.#kept].map((kept) => kept.close())]);
    this.#problem = reason.message;
  }

  async #keepConnected(): Promise<void> {
    const { logger, role, clock } = this.#options;
    let reported: string | undefined;
    await keepAlive({
      open: async () => {
        const live = await this.#connect();
        reported = undefined;
        return live;
      },
      onDown: (reason, cause) => {
        this.#problem = reason;
        this.#firstAttempt.reject(cause);
        if (reason === reported) return;
        reported = reason;
        logger.warn({ role, reason }, 'no connection to the broker, trying again');
      },
      signal: this.#closing.signal,
      clock,
    });
  }

  async #connect(): Promise<Open> {
    const { url, name, role, declare, count, logger } = this.#options;
    const connection = await openConnection(url, `${name}:${role}`);
    const ended = endOfConnection(connection);
    const isBlocked = this.#watchBlocking(connection);
    try {
      await unlessAborted(declare(connection), ended, this.#closing.signal);
    } catch (error) {
      await closeQuietly(connection);
      throw error;
    }
    count('amqp_connections_total', { role });
    logger.info({ role }, 'connected to the broker');
    const live = { connection, ended, isBlocked };
    if (!isBlocked()) this.#problem = undefined;
    this.#current = live;
    this.#live.resolve(live);
    this.#firstAttempt.resolve();
    const died = new Promise<string>((resolve) => {
      const end = () => {
        const reason = explain(ended.reason);
        this.#problem = reason;
        this.#current = undefined;
        this.#live = Promise.withResolvers();
        resolve(reason);
      };
      ended.addEventListener('abort', end, { once: true });
    });
    return { died, close: () => closeQuietly(connection) };
  }

  /** Logs each blocking and unblocking of the connection; returns a function that tells whether it is blocked. */
  #watchBlocking(connection: ChannelModel): () => boolean {
    const { logger, role } = this.#options;
    let isBlocked = false;
    connection.on('blocked', (reason) => {
      isBlocked = true;
      this.#problem = `blocked by the broker: ${reason}`;
      logger.warn({ role, reason }, 'the broker blocks publishers');
    });
    connection.on('unblocked', () => {
      isBlocked = false;
      this.#problem = undefined;
      logger.info({ role }, 'the broker accepts events again');
    });
    return () => isBlocked;
  }

  async #keepOpen(label: string, open: OpenChannel, stopped: AbortSignal): Promise<void> {
    const { declare, logger, clock } = this.#options;
    while (!stopped.aborted) {
      const live = await unlessAborted(this.#live.promise, stopped).catch(() => undefined);
      if (live === undefined) return;
      const { connection, ended } = live;
      let reported: string | undefined;
      await keepAlive({
        open: async ({ isFirst }) => {
          // a channel that closed by itself may have lost its queue
          if (!isFirst) await declare(connection);
          const { channel, died } = await open(connection);
          reported = undefined;
          return { died, close: () => closeChannel(channel) };
        },
        onDown: (reason) => {
          if (reason === reported) return;
          reported = reason;
          logger.warn({ channel: label, reason }, 'channel closed, opening it again');
        },
        openDeadlineMs: CHANNEL_DEADLINE_MS,
        signal: AbortSignal.any([stopped, ended]),
        clock,
      });
    }
  }
}
