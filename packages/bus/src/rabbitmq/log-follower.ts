import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Follower } from '../bus.ts';
import { createEvent } from '../cloud-event.ts';
import { BusError } from '../errors.ts';
import type { EventType } from '../event-type.ts';
import { LogReader, type LogReaderOptions } from '../log-reader.ts';
import { messageOf } from './message.ts';
import type { Publisher } from './publisher.ts';
import type { StreamSupport } from './stream-support.ts';
import { endOfChannel, withinCloseTimeout } from './connection.ts';
import type { OpenedChannel, SupervisedConnection } from './supervised-connection.ts';

/** n.b. shared hosted plans end a connection above 1,000 unacknowledged messages. */
const PREFETCH = 500;
const MARKER_DEADLINE_MS = 10_000;

export interface LogFollowerOptions<E extends EventType> extends LogReaderOptions<E> {
  connection: SupervisedConnection;
  publisher: Publisher;
  streams: StreamSupport;
  /** The CloudEvents `source` of the markers. */
  source: string;
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
  /** The log's end when this subscription began; infinite while that's unknown. */
  #end = Number.POSITIVE_INFINITY;
  /** Of the entries of a queue in place of a stream, which have no offsets. */
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

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#caughtUp.reject(new BusError('CLOSED', `${this.#options.log.name} is followed no more`));
    await this.#kept.close();
  }

  get #isCaughtUp(): boolean {
    return (this.#reader.position?.offset ?? -1) >= this.#end;
  }

  async #open(connection: ChannelModel): Promise<OpenedChannel> {
    const isRefused = await this.#options.streams.askIfRefused();
    return isRefused ? this.#openQueue(connection) : this.#openStream(connection);
  }

  async #openStream(connection: ChannelModel): Promise<OpenedChannel> {
    this.#end = await this.#findEnd(connection);
    if ((this.#reader.position?.offset ?? -1) > this.#end) this.#reader.skip('other-log');
    const opened = await this.#createChannel(connection);
    await opened.channel.prefetch(PREFETCH);
    await opened.channel.consume(this.#options.log.name, this.#onMessage(opened.channel), {
      // n.b. inclusive: the first delivery shows whether this is still the log that was read
      arguments: { 'x-stream-offset': this.#reader.position?.offset ?? 'first' },
    });
    return opened;
  }

  /** In place of a stream: a queue that lasts as long as the connection. What came before or between is lost, and told. */
  async #openQueue(connection: ChannelModel): Promise<OpenedChannel> {
    const { log, publisher, source } = this.#options;
    const opened = await this.#createChannel(connection);
    const { channel } = opened;
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const { exchange, routingKey } of [...log.events, log.marker]) {
      await channel.bindQueue(queue, exchange, routingKey);
    }
    if (this.#reader.position !== undefined) this.#reader.skip('expired');
    const marker = createEvent(log.marker, {}, { source });
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null || this.#isClosed) return;
      const offset = this.#nextOffset;
      this.#nextOffset += 1;
      if (message.properties.messageId === marker.id) this.#end = offset;
      this.#read(message, offset);
    };
    await channel.consume(queue, onMessage, { noAck: true });
    await publisher.publish(messageOf(marker, { eventType: log.marker, correlationId: undefined }));
    return opened;
  }

  async #createChannel(connection: ChannelModel): Promise<OpenedChannel> {
    const channel = await connection.createChannel();
    const died = endOfChannel(channel).then((reason) => {
      this.#end = Number.POSITIVE_INFINITY;
      return reason;
    });
    return { channel, died };
  }

  #read(message: ConsumeMessage, offset: number): void {
    const { contentType } = message.properties as { contentType?: string };
    this.#reader.read({ offset, body: message.content, contentType });
    if (this.#isCaughtUp) this.#caughtUp.resolve();
  }

  /**
   * The offset of a marker published just now. Silence says nothing: a reader that waits for an
   * offset which this log will only reach next year hears the same as one at its end.
   */
  async #findEnd(connection: ChannelModel): Promise<number> {
    const { log, publisher, source } = this.#options;
    const marker = createEvent(log.marker, {}, { source });
    const { promise: found, resolve: find, reject: giveUp } = Promise.withResolvers<number>();
    found.catch(() => {});
    const channel = await connection.createChannel();
    void endOfChannel(channel).then((reason) => giveUp(new Error(reason)));
    const timer = setTimeout(
      () =>
        giveUp(new Error(`${log.name} didn't deliver its marker within ${MARKER_DEADLINE_MS} ms`)),
      MARKER_DEADLINE_MS,
    );
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null) return;
      channel.ack(message);
      if (message.properties.messageId === marker.id) find(offsetOf(message));
    };
    try {
      await channel.prefetch(PREFETCH);
      await channel.consume(log.name, onMessage, { arguments: { 'x-stream-offset': 'next' } });
      await publisher.publish(
        messageOf(marker, { eventType: log.marker, correlationId: undefined }),
      );
      return await found;
    } finally {
      clearTimeout(timer);
      await withinCloseTimeout(channel.close());
    }
  }

  #onMessage(channel: Channel): (message: ConsumeMessage | null) => void {
    let resumesFrom = this.#reader.position;
    return (message) => {
      if (message === null || this.#isClosed) return;
      channel.ack(message);
      const entry = { offset: offsetOf(message), body: message.content };
      if (resumesFrom !== undefined) {
        const { offset } = resumesFrom;
        resumesFrom = undefined;
        if (this.#reader.isAtPosition(entry)) return;
        if (entry.offset === offset) {
          this.#reader.skip('other-log');
          // opened again at once, and then from the oldest entry
          void channel.close().catch(() => {});
          return;
        }
        // n.b. the broker begins with the oldest entry, without a word, when the wanted one is gone
        this.#reader.skip('expired');
      }
      this.#read(message, entry.offset);
    };
  }
}

function offsetOf(message: ConsumeMessage): number {
  return message.properties.headers?.['x-stream-offset'] as number;
}
