import type { Channel, ChannelModel } from 'amqplib';
import type { BusLogger } from '../bus.ts';
import type { BusCount } from '../counters.ts';
import type { QueueDeclaration } from './declarations.ts';
import { withinCloseTimeout } from './connection.ts';

/** What brokers and their hosts say when they don't have streams, as opposed to a stream that isn't back yet after a restart. */
const REFUSAL = /feature flag|disabled|not (allowed|implemented|supported|permitted)|unsupported/i;

export interface StreamSupportOptions {
  connect: () => Promise<ChannelModel>;
  /** One of the streams that are wanted. */
  stream: QueueDeclaration | undefined;
  logger: BusLogger;
  count: BusCount;
}

/** Whether the broker takes streams: hosted plans may not. Asked once, on a connection of its own, since the refusal ends it. */
export class StreamSupport {
  readonly #options: StreamSupportOptions;
  #asking: Promise<boolean> | undefined;
  #isRefused = false;

  constructor(options: StreamSupportOptions) {
    this.#options = options;
  }

  /** False as long as it isn't known. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Resolves with whether streams are refused; rejects when the broker can't be asked, and asks again the next time. */
  async askIfRefused(): Promise<boolean> {
    this.#asking ??= this.#ask();
    try {
      this.#isRefused = await this.#asking;
      return this.#isRefused;
    } catch (error) {
      this.#asking = undefined;
      throw error;
    }
  }

  async #ask(): Promise<boolean> {
    const { connect, stream, logger, count } = this.#options;
    if (stream === undefined) return false;
    const connection = await connect();
    let refusal: string | undefined;
    try {
      refusal = await this.#refusalOf(stream, connection);
    } finally {
      await withinCloseTimeout(connection.close());
    }
    if (refusal === undefined) return false;
    count('amqp_features_refused_total', { feature: 'streams' });
    logger.warn(
      { reason: refusal },
      'the broker takes no streams: logs are kept in memory, and every lost connection is a gap',
    );
    return true;
  }

  async #refusalOf(
    stream: QueueDeclaration,
    connection: ChannelModel,
  ): Promise<string | undefined> {
    let reason = '';
    const note = (error: Error) => {
      reason = error.message;
    };
    connection.on('error', note);
    const channel: Channel = await connection.createChannel();
    channel.on('error', note);
    try {
      await channel.assertQueue(stream.name, { durable: true, arguments: stream.arguments });
      return undefined;
    } catch (cause) {
      const text = reason || (cause as Error).message;
      // one that exists with other settings is a stream all the same
      if (text.includes('inequivalent')) return undefined;
      if (REFUSAL.test(text)) return text;
      throw new Error(`can't tell whether the broker takes streams: ${text}`, { cause });
    }
  }
}
