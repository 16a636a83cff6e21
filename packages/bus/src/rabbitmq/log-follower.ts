import type { ChannelModel, ConsumeMessage } from 'amqplib';
import type { Follower, LogStatus } from '../bus.ts';
import { BusError } from '../errors.ts';
import type { EventType } from '../event-type.ts';
import { LogReader, type LogReaderOptions, statusOf } from '../log-reader.ts';
import type { Position } from '../position.ts';
import { acknowledgeTogether } from './acknowledge-together.ts';
import { answered } from './answered.ts';
import { closeChannel } from './connection.ts';
import { LogEnd } from './log-end.ts';
import { offsetOf } from './message.ts';
import type { Publisher } from './publisher.ts';
import { openSession, type Session } from './session.ts';
import type { StreamSupport } from './stream-support.ts';
import type { OpenedChannel, SupervisedConnection } from './supervised-connection.ts';
import { watchDelivery } from './watch-delivery.ts';
import { watchTail } from './watch-tail.ts';

/** n.b. shared hosted plans end a connection above 1,000 unacknowledged messages. */
const PREFETCH = 500;

export interface LogFollowerOptions<E extends EventType> extends LogReaderOptions<E> {
  connection: SupervisedConnection;
  publisher: Publisher;
  streams: StreamSupport;
  /** The CloudEvents `source` of the markers. */
  source: string;
  checkDeliveryEveryMs: number | undefined;
}

/**
 * Follows a RabbitMQ stream over AMQP 0.9.1.
 *
 * @see https://www.rabbitmq.com/docs/streams#consuming
 */
export class LogFollower<E extends EventType> implements Follower {
  readonly #options: LogFollowerOptions<E>;
  readonly #reader: LogReader<E>;
  readonly #kept: { close(): Promise<void> };
  readonly #caughtUp = Promise.withResolvers<void>();
  /** The end of the log at the start of this session; infinite while unknown. */
  #end = Number.POSITIVE_INFINITY;
  /** The position where this session resumes, until the first delivery shows whether the log still has that entry. */
  #resumesFrom: Position | undefined;
  /** The last hole in the offsets; the session was restarted to check it. */
  #hole: { readonly from: number; readonly to: number } | undefined;
  /** Numbers the entries of a queue in place of a stream, which have no offsets. */
  #nextOffset = 0;
  #isClosed = false;

  constructor(options: LogFollowerOptions<E>) {
    this.#options = options;
    this.#reader = new LogReader(options);
    this.#caughtUp.promise.catch(() => {});
    this.#kept = options.connection.keep(options.log.name, (live) => this.#open(live));
  }

  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  get problem(): string | undefined {
    return this.#isClosed || this.#isCaughtUp
      ? undefined
      : `${this.#options.log.name}: not caught up`;
  }

  get status(): LogStatus {
    return statusOf(this.#reader, { isCaughtUp: this.#isCaughtUp });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#caughtUp.reject(
      new BusError('CLOSED', `the follower of ${this.#options.log.name} was closed`),
    );
    await this.#kept.close();
    this.#reader.close();
  }

  get #isCaughtUp(): boolean {
    const { position } = this.#reader;
    return this.#resumesFrom === undefined && (position?.offset ?? -1) >= this.#end;
  }

  async #open(connection: ChannelModel): Promise<OpenedChannel> {
    const isRefused = await this.#options.streams.probeStreams();
    const onEnd = () => {
      this.#end = Number.POSITIVE_INFINITY;
    };
    const session = await openSession(connection, { onEnd });
    const { channel, ended } = session;
    try {
      await (isRefused ? this.#openQueue(session) : this.#openStream(session, connection));
      return { channel, died: ended };
    } catch (cause) {
      session.restart((cause as Error).message);
      await closeChannel(channel);
      // n.b. amqplib's error lacks the reason; the end of the channel has it
      throw new Error(await ended, { cause });
    }
  }

  async #openStream(session: Session, connection: ChannelModel): Promise<void> {
    const { channel } = session;
    const { name } = this.#options.log;
    const end = this.#createEnd(session);
    await watchTail(end, { connection, logName: name });
    const { position } = this.#reader;
    const beginsAt = position?.offset ?? (await this.#withoutPosition(end));
    this.#resumesFrom = position;
    const acknowledge = acknowledgeTogether(channel);
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null || session.hasEnded() || this.#isClosed) return;
      acknowledge(message);
      const problem = this.#onEntry(message, offsetOf(message));
      if (problem !== undefined) session.restart(problem);
    };
    await answered(channel.prefetch(PREFETCH), 'the broker');
    // the offset is inclusive: the first delivery shows whether this is still the same log
    const from = { arguments: { 'x-stream-offset': beginsAt } };
    await answered(channel.consume(name, onMessage, from), `the log ${name}`);
    this.#awaitEnd(end, session);
    watchDelivery(session, {
      connection,
      logName: name,
      lastOffset: () => this.#reader.position?.offset,
      checkEveryMs: this.#options.checkDeliveryEveryMs,
    });
  }

  /** n.b. when the log has dropped the requested offset, the broker silently begins with the oldest entry. */
  async #withoutPosition(end: LogEnd): Promise<number | 'first'> {
    const { newest } = this.#reader;
    if (newest === undefined) return 'first';
    const last = await end.first;
    return last === undefined ? 'first' : Math.max(0, last - newest);
  }

  /** Opens a queue in place of a stream. The queue lives as long as its connection; earlier entries are lost, and reported as a gap. */
  async #openQueue(session: Session): Promise<void> {
    const { channel } = session;
    const { log } = this.#options;
    const { queue } = await answered(channel.assertQueue('', { exclusive: true }), 'the broker');
    for (const { exchange, routingKey } of [...log.events, log.marker]) {
      await answered(channel.bindQueue(queue, exchange, routingKey), `the queue ${queue}`);
    }
    if (this.#reader.position !== undefined) this.#reader.skip('expired');
    const end = this.#createEnd(session);
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null || this.#isClosed) return;
      const offset = this.#nextOffset;
      this.#nextOffset += 1;
      end.see(message, offset);
      this.#read(message, offset);
    };
    await answered(channel.consume(queue, onMessage, { noAck: true }), `the queue ${queue}`);
    end.search();
    this.#awaitEnd(end, session);
  }

  #createEnd({ ended }: Session): LogEnd {
    const end = new LogEnd(this.#options);
    void ended.then((reason) => end.giveUp(new Error(reason)));
    return end;
  }

  /** Stores the end of the log. Restarts the session when the search fails, or when the end lies before the position. */
  #awaitEnd(end: LogEnd, { restart, hasEnded }: Session): void {
    const onFound = (offset: number) => {
      if (hasEnded()) return;
      if (this.#resumesFrom !== undefined && this.#resumesFrom.offset > offset) {
        this.#reader.skip('other-log');
        restart('the log ends before the last entry read');
        return;
      }
      this.#end = offset;
      this.#resolveIfCaughtUp();
    };
    end.offset.then(onFound, (error: Error) => restart(error.message));
  }

  /** Reads an entry that continues the log; returns the reason when the session has to restart instead. */
  #onEntry(message: ConsumeMessage, offset: number): string | undefined {
    if (this.#resumesFrom !== undefined) {
      const isSameOffset = offset === this.#resumesFrom.offset;
      this.#resumesFrom = undefined;
      if (this.#reader.isAtPosition({ offset, body: message.content })) {
        this.#resolveIfCaughtUp();
        return undefined;
      }
      this.#reader.skip(isSameOffset ? 'other-log' : 'expired');
      if (isSameOffset) return 'the log has another entry at the last position';
      if (this.#reader.newest !== undefined) return 'the log dropped the next entry';
    } else if (this.#isHole(offset)) {
      return 'offsets are missing: resuming to check for missing entries';
    }
    this.#read(message, offset);
    return undefined;
  }

  /**
   * Whether entries may be missing before this one: retention silently overtakes a slow reader. A
   * resumed session shows whether the log still has the last entry read; if so, a second hole at the
   * same offsets is harmless. n.b. one offset is missing at the end of each segment.
   */
  #isHole(to: number): boolean {
    const from = this.#reader.position?.offset;
    if (from === undefined || to <= from + 2) return false;
    const isAnswered = this.#hole?.from === from && this.#hole.to === to;
    this.#hole = { from, to };
    return !isAnswered;
  }

  #read(message: ConsumeMessage, offset: number): void {
    const { contentType } = message.properties as { contentType?: string };
    this.#reader.read({ offset, body: message.content, contentType });
    this.#resolveIfCaughtUp();
  }

  #resolveIfCaughtUp(): void {
    if (this.#isCaughtUp) this.#caughtUp.resolve();
  }
}
