import { setTimeout as delay } from 'node:timers/promises';
import {
  type ChannelModel,
  type ConfirmChannel,
  IllegalOperationError,
  type Options,
} from 'amqplib';
import type { BusCount } from '../counters.ts';
import { BusError } from '../errors.ts';
import { endOfChannel, type SupervisedConnection } from './supervised-connection.ts';

/** A message and where it goes. */
export interface OutgoingMessage {
  exchange: string;
  routingKey: string;
  body: Buffer;
  properties: Options.Publish & { messageId: string };
}

const CONFIRM_DEADLINE_MS = 30_000;
const CLOSE_DEADLINE_MS = 5_000;
const MAX_WAITING_MESSAGES = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Publishes with confirms on one channel, and sends again what a lost connection left unconfirmed. */
export class Publisher {
  readonly #kept: { close(): Promise<void> };
  readonly #count: BusCount;
  /** Gives up one waiting message each. */
  readonly #waiting = new Set<(error: BusError) => void>();
  readonly #returned = new Set<string>();
  #waitingBytes = 0;
  #idle = Promise.withResolvers<void>();
  #channel = Promise.withResolvers<ConfirmChannel>();
  #isOpen = false;
  #isClosed = false;

  constructor(connection: SupervisedConnection, count: BusCount) {
    this.#count = count;
    this.#idle.resolve();
    this.#kept = connection.keep('publisher', (live) => this.#open(live));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves on the broker's confirm; rejects with a `BusError`. */
  async publish(message: OutgoingMessage): Promise<void> {
    const labels = { exchange: message.exchange, routing_key: message.routingKey };
    try {
      this.#admit(message);
      await this.#untilConfirmed(message);
      this.#count('amqp_messages_published_total', { ...labels, outcome: 'confirmed' });
    } catch (error) {
      const outcome = error instanceof BusError ? error.code.toLowerCase() : 'error';
      this.#count('amqp_messages_published_total', { ...labels, outcome });
      throw error;
    }
  }

  /** Takes no more and waits for what's under way, at most 5 s. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.race([this.#idle.promise, delay(CLOSE_DEADLINE_MS, undefined, { ref: false })]);
    for (const giveUp of this.#waiting) {
      giveUp(new BusError('UNCONFIRMED', 'the bus was closed before the broker confirmed'));
    }
    await this.#kept.close();
  }

  #admit({ body }: OutgoingMessage): void {
    if (this.#isClosed) throw new BusError('CLOSED', 'the bus was closed');
    if (
      this.#waiting.size >= MAX_WAITING_MESSAGES ||
      this.#waitingBytes + body.byteLength > MAX_WAITING_BYTES
    ) {
      throw new BusError(
        'OVERLOADED',
        `${this.#waiting.size} events (${this.#waitingBytes} bytes) already wait for the broker`,
      );
    }
  }

  async #untilConfirmed(message: OutgoingMessage): Promise<void> {
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const { routingKey, body, properties } = message;
    const timer = setTimeout(() => {
      const what = `${routingKey} ${properties.messageId}`;
      giveUp(
        new BusError('UNCONFIRMED', `no confirm for ${what} within ${CONFIRM_DEADLINE_MS} ms`),
      );
    }, CONFIRM_DEADLINE_MS);
    if (this.#waiting.size === 0) this.#idle = Promise.withResolvers();
    this.#waiting.add(giveUp);
    this.#waitingBytes += body.byteLength;
    try {
      for (;;) {
        const channel = await Promise.race([this.#channel.promise, givenUp]);
        if ((await Promise.race([this.#send(channel, message), givenUp])) === 'confirmed') return;
        // the channel went away: the message may have arrived, and goes again with the same id
        await Promise.race([delay(50), givenUp]);
      }
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(giveUp);
      this.#waitingBytes -= body.byteLength;
      if (this.#waiting.size === 0) this.#idle.resolve();
    }
  }

  #send(channel: ConfirmChannel, message: OutgoingMessage): Promise<'confirmed' | 'unknown'> {
    const { exchange, routingKey, body, properties } = message;
    const { messageId } = properties;
    const options = { persistent: true, mandatory: true, ...properties };
    return new Promise((resolve, reject) => {
      const onConfirm = (error: unknown) => {
        // n.b. the broker returns an unroutable message, and confirms it all the same
        const wasReturned = this.#returned.delete(messageId);
        if (wasReturned) {
          reject(new BusError('UNROUTABLE', `no queue takes ${routingKey} from "${exchange}"`));
        } else if (error instanceof Error && error.message === 'message nacked') {
          reject(new BusError('REFUSED', `a queue for ${routingKey} is full`, { cause: error }));
        } else resolve(error ? 'unknown' : 'confirmed');
      };
      try {
        channel.publish(exchange, routingKey, body, options, onConfirm);
      } catch (error) {
        // n.b. that's what a closed channel throws; anything else is a fault of the message
        if (error instanceof IllegalOperationError) resolve('unknown');
        else reject(error);
      }
    });
  }

  async #open(connection: ChannelModel): Promise<{ died: Promise<string> }> {
    const channel = await connection.createConfirmChannel();
    const died = endOfChannel(channel).then((reason) => {
      this.#isOpen = false;
      this.#returned.clear();
      this.#channel = Promise.withResolvers();
      return reason;
    });
    channel.on('return', ({ properties }) => this.#returned.add(String(properties.messageId)));
    this.#channel.resolve(channel);
    this.#isOpen = true;
    return { died };
  }
}
