import type { Channel, ChannelModel } from 'amqplib';
import type { BusLogger } from '../bus.ts';
import type { BusCount } from '../counters.ts';
import type { QueueDeclaration } from './declarations.ts';
import { answered } from './answered.ts';
import { closeQuietly } from './connection.ts';

/** Matches the errors of brokers without streams, as opposed to a stream that is unavailable after a restart. */
const REFUSAL = /feature flag|disabled|not (allowed|implemented|supported|permitted)|unsupported/i;

export interface StreamSupportOptions {
  connect: () => Promise<ChannelModel>;
  /** The stream to declare as a probe. */
  stream: QueueDeclaration | undefined;
  logger: BusLogger;
  count: BusCount;
}

/** Detects whether the broker supports streams, which hosted plans may lack. Probes once, on a separate connection, since a refusal closes the connection. */
export class StreamSupport {
  readonly #options: StreamSupportOptions;
  #probing: Promise<boolean> | undefined;
  #isRefused = false;
  #hasReportedProduct = false;

  constructor(options: StreamSupportOptions) {
    this.#options = options;
  }

  /** Whether the broker refused streams; false before the probe. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Resolves with whether the broker refuses streams. Rejects when the probe fails; the next call probes again. */
  async probeStreams(): Promise<boolean> {
    this.#probing ??= this.#probe();
    try {
      this.#isRefused = await this.#probing;
      return this.#isRefused;
    } catch (error) {
      this.#probing = undefined;
      throw error;
    }
  }

  async #probe(): Promise<boolean> {
    const { connect, stream, logger, count } = this.#options;
    if (stream === undefined) return false;
    const connection = await connect();
    this.#reportProduct(connection);
    let refusal: string | undefined;
    try {
      refusal = await this.#refusalOf(stream, connection);
    } finally {
      await closeQuietly(connection);
    }
    if (refusal === undefined) return false;
    count('amqp_features_refused_total', { feature: 'streams' });
    logger.warn(
      { reason: refusal },
      'the broker supports no streams: logs are kept in memory, and every lost connection is a gap',
    );
    return true;
  }

  /** n.b. LavinMQ accepts the declaration of a quorum queue, and makes a plain durable queue of it. */
  #reportProduct({ connection }: ChannelModel): void {
    const { logger, count } = this.#options;
    const { serverProperties } = connection as { serverProperties?: { product?: string } };
    if (serverProperties?.product !== 'LavinMQ' || this.#hasReportedProduct) return;
    this.#hasReportedProduct = true;
    count('amqp_features_refused_total', { feature: 'quorum-queues' });
    logger.warn(
      { product: serverProperties.product },
      'the broker has no quorum queues: a job may be lost if the broker dies while the job moves to a retry queue or to the dead letters',
    );
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
    const channel: Channel = await answered(connection.createChannel(), 'the broker');
    channel.on('error', note);
    try {
      const options = { durable: true, arguments: stream.arguments };
      await answered(channel.assertQueue(stream.name, options), `the log ${stream.name}`);
      return undefined;
    } catch (cause) {
      const text = reason || (cause as Error).message;
      // a stream with other settings exists
      if (text.includes('inequivalent')) return undefined;
      if (REFUSAL.test(text)) return text;
      throw new Error(`can't tell whether the broker supports streams: ${text}`, { cause });
    }
  }
}
