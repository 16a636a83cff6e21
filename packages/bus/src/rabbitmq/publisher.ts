import { setTimeout as delay } from 'node:timers/promises';
import {
  type ChannelModel,
  type ConfirmChannel,
  IllegalOperationError,
  type Options,
} from 'amqplib';
import type { BusCount } from '../counters.ts';
import { BusError } from '../errors.ts';
import { endOfChannel } from './connection.ts';
import type { OpenedChannel, SupervisedConnection } from './supervised-connection.ts';

/** A message and where it goes. */
export interface OutgoingMessage {
  exchange: string;
  routingKey: string;
  body: Buffer;
  properties: Options.Publish & { messageId: string };
}

const CONFIRM_DEADLINE_MS = 30_000;
/** The same while the bus closes. */
const HURRY_MS = 5_000;
const MAX_WAITING_MESSAGES = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

interface Waiting {
  readonly giveUp: () => void;
  timer?: NodeJS.Timeout;
}

/** Publishes with confirms on one channel, and sends again what a lost connection left unconfirmed. */
export class Publisher {
  readonly #kept: { close(): Promise<void> };
  readonly #isMandatory: (message: OutgoingMessage) => boolean;
  readonly #count: BusCount;
  readonly #waiting = new Set<Waiting>();
  readonly #returned = new Set<string>();
  #waitingBytes = 0;
  #idle = Promise.withResolvers<void>();
  #channel = Promise.withResolvers<ConfirmChannel>();
  #isOpen = false;
  /** When patience with an absent broker ends; undefined while there's no hurry. */
  #hurriesUntil: number | undefined;
  #isClosed = false;

  constructor(
    connection: SupervisedConnection,
    {
      isMandatory,
      count,
    }: {
      /** Whether it's an error when no queue takes a message. */
      isMandatory: (message: OutgoingMessage) => boolean;
      count: BusCount;
    },
  ) {
    this.#isMandatory = isMandatory;
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

  /** From now on the broker is waited for at most 5 s, since the work in hand waits for its events. */
  hurry(): void {
    if (this.#hurriesUntil !== undefined) return;
    this.#hurriesUntil = Date.now() + HURRY_MS;
    for (const waiting of this.#waiting) {
      clearTimeout(waiting.timer);
      waiting.timer = setTimeout(waiting.giveUp, HURRY_MS);
    }
  }

  /** Takes no more and waits for what's under way, at most 5 s. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.hurry();
    await this.#idle.promise;
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
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const { routingKey, body, properties } = message;
    const giveUp = () => {
      const what = `${routingKey} ${properties.messageId}`;
      reject(new BusError('UNCONFIRMED', `the broker didn't confirm ${what} in time`));
    };
    const waiting: Waiting = { giveUp, timer: setTimeout(giveUp, this.#patienceMs()) };
    if (this.#waiting.size === 0) this.#idle = Promise.withResolvers();
    this.#waiting.add(waiting);
    this.#waitingBytes += body.byteLength;
    try {
      for (;;) {
        const channel = await Promise.race([this.#channel.promise, givenUp]);
        if ((await Promise.race([this.#send(channel, message), givenUp])) === 'confirmed') return;
        // the channel went away: the message may have arrived, and goes again with the same id
        await Promise.race([delay(50), givenUp]);
      }
    } finally {
      clearTimeout(waiting.timer);
      this.#waiting.delete(waiting);
      this.#waitingBytes -= body.byteLength;
      if (this.#waiting.size === 0) this.#idle.resolve();
    }
  }

  #patienceMs(): number {
    if (this.#hurriesUntil === undefined) return CONFIRM_DEADLINE_MS;
    return this.#isOpen ? HURRY_MS : Math.max(0, this.#hurriesUntil - Date.now());
  }

  #send(channel: ConfirmChannel, message: OutgoingMessage): Promise<'confirmed' | 'unknown'> {
    const { exchange, routingKey, body, properties } = message;
    const { messageId } = properties;
    const mandatory = this.#isMandatory(message);
    const options = { persistent: true, mandatory, ...properties };
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

  async #open(connection: ChannelModel): Promise<OpenedChannel> {
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
    return { channel, died };
  }
}
