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
  readonly message: OutgoingMessage;
  readonly confirm: () => void;
  readonly fail: (error: unknown) => void;
  readonly giveUp: () => void;
  timer: NodeJS.Timeout;
  /** The channel that it was sent on last. */
  sentOn?: ConfirmChannel;
}

/**
 * Publishes with confirms on one channel, in order: what a lost connection left unconfirmed is
 * sent again, with the same id, before anything new.
 */
export class Publisher {
  readonly #kept: { close(): Promise<void> };
  readonly #isMandatory: (message: OutgoingMessage) => boolean;
  readonly #count: BusCount;
  /** In the order of publishing. */
  readonly #waiting = new Set<Waiting>();
  readonly #returned = new Set<string>();
  #waitingBytes = 0;
  #idle = Promise.withResolvers<void>();
  #channel: ConfirmChannel | undefined;
  #isBlocked = false;
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
    return this.#channel !== undefined;
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
    const { promise, resolve: confirm, reject: fail } = Promise.withResolvers<void>();
    const { routingKey, body, properties } = message;
    const giveUp = () => {
      const what = `${routingKey} ${properties.messageId}`;
      fail(new BusError('UNCONFIRMED', `the broker didn't confirm ${what} in time`));
    };
    const timer = setTimeout(giveUp, this.#patienceMs());
    const waiting: Waiting = { message, confirm, fail, giveUp, timer };
    if (this.#waiting.size === 0) this.#idle = Promise.withResolvers();
    this.#waiting.add(waiting);
    this.#waitingBytes += body.byteLength;
    this.#send(waiting);
    try {
      await promise;
    } finally {
      clearTimeout(waiting.timer);
      this.#waiting.delete(waiting);
      this.#waitingBytes -= body.byteLength;
      if (this.#waiting.size === 0) this.#idle.resolve();
    }
  }

  #patienceMs(): number {
    if (this.#hurriesUntil === undefined) return CONFIRM_DEADLINE_MS;
    return this.isOpen ? HURRY_MS : Math.max(0, this.#hurriesUntil - Date.now());
  }

  /** Does nothing while the broker can't take it: whatever waits is sent as soon as it can. */
  #send(waiting: Waiting): void {
    const channel = this.#channel;
    // n.b. what a blocked connection is given piles up in its buffers, where nothing bounds it
    if (channel === undefined || this.#isBlocked) return;
    const { message, confirm, fail } = waiting;
    const { exchange, routingKey, body, properties } = message;
    const { messageId } = properties;
    const options = { persistent: true, mandatory: this.#isMandatory(message), ...properties };
    const onConfirm = (error: unknown) => {
      // n.b. the broker returns an unroutable message, and confirms it all the same
      const wasReturned = this.#returned.delete(messageId);
      if (wasReturned) {
        fail(new BusError('UNROUTABLE', `no queue takes ${routingKey} from "${exchange}"`));
      } else if (error instanceof Error && error.message === 'message nacked') {
        fail(new BusError('REFUSED', `a queue for ${routingKey} is full`, { cause: error }));
      } else if (!error) confirm();
      // else the channel ended, the message may have arrived, and the next channel sends it again
    };
    waiting.sentOn = channel;
    try {
      channel.publish(exchange, routingKey, body, options, onConfirm);
    } catch (error) {
      // n.b. that's what a closed channel throws; anything else is a fault of the message
      if (!(error instanceof IllegalOperationError)) fail(error);
    }
  }

  #sendAll(): void {
    for (const waiting of this.#waiting) {
      if (waiting.sentOn !== this.#channel) this.#send(waiting);
    }
  }

  async #open(connection: ChannelModel): Promise<OpenedChannel> {
    const channel = await connection.createConfirmChannel();
    const onBlocked = () => {
      this.#isBlocked = true;
    };
    const onUnblocked = () => {
      this.#isBlocked = false;
      this.#sendAll();
    };
    const died = endOfChannel(channel).then((reason) => {
      connection.off('blocked', onBlocked).off('unblocked', onUnblocked);
      if (this.#channel === channel) this.#channel = undefined;
      this.#returned.clear();
      return reason;
    });
    connection.on('blocked', onBlocked).on('unblocked', onUnblocked);
    channel.on('return', ({ properties }) => this.#returned.add(String(properties.messageId)));
    this.#channel = channel;
    this.#isBlocked = false;
    this.#sendAll();
    return { channel, died };
  }
}
