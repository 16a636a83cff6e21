import { EventEmitter, once } from 'node:events';
import { type ChannelModel, type ConfirmChannel, IllegalOperationError } from 'amqplib';
import { type BusCount, countPublish } from '../counters.ts';
import { BusError } from '../errors.ts';
import { answered } from './answered.ts';
import type { BusClock } from './clock.ts';
import { endOfChannel } from './connection.ts';
import type { OutgoingMessage } from './message.ts';
import { Outbox, type Waiting } from './outbox.ts';
import type { OpenedChannel, SupervisedConnection } from './supervised-connection.ts';

/** n.b. a queue or stream without a majority confirms nothing, while its channel stays open. */
const OVERDUE_MS = 10_000;
/**
 * After this time without any confirm the connection is replaced. n.b. when the leader of a stream is
 * lost, RabbitMQ may keep a publisher's connection in flow control for ever, and read nothing from it.
 */
const SILENCE_MS = 15_000;
const WATCH_MS = 1_000;
const NOT_FOUND = 404;

export interface PublisherOptions {
  /** Whether an unroutable message is an error. */
  isMandatory: (message: OutgoingMessage) => boolean;
  count: BusCount;
  clock: BusClock;
}

/** The connection for publishing. n.b. a blocked connection stays blocked when its channels close and open. */
export type PublishingConnection = Pick<SupervisedConnection, 'keep' | 'isBlocked' | 'restart'>;

/** An open channel, and the messages sent on it. */
interface Sending {
  readonly channel: ConfirmChannel;
  /** In the order of sending; includes messages that have timed out. */
  readonly unconfirmed: Set<Waiting>;
  /** The ids of messages that the broker returned. */
  readonly returned: Set<string>;
  /** When the broker last confirmed a message, or the first of the unconfirmed ones was sent. */
  heardAt: number;
}

/**
 * Publishes with confirms on one channel, in order. Messages that a lost connection left unconfirmed
 * are sent again, with the same id, before new ones.
 *
 * A message that the broker refuses as invalid closes the channel, and the broker doesn't name the
 * message. Then all unconfirmed messages are suspects and are sent again one at a time; the message
 * that closes the channel again is rejected.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #connection: PublishingConnection;
  readonly #kept: { close(): Promise<void> };
  readonly #outbox: Outbox;
  readonly #suspects = new Set<Waiting>();
  /** Emits `writable` when events can be published again. */
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #sending: Sending | undefined;
  #isClosed = false;

  constructor(connection: PublishingConnection, options: PublisherOptions) {
    this.#options = options;
    this.#connection = connection;
    this.#outbox = new Outbox(options.clock);
    this.#kept = connection.keep('publisher', (live) => this.#open(live));
  }

  /** The reason why events can't be published, as far as the channel knows. */
  get problem(): string | undefined {
    if (this.#sending === undefined) return 'no channel yet';
    const waitsForMs = this.#outbox.oldestForMs;
    if (waitsForMs <= OVERDUE_MS) return undefined;
    return `the broker hasn't confirmed an event for ${Math.round(waitsForMs / 1000)} s`;
  }

  /** The number of events that wait for a confirm. */
  get unconfirmed(): number {
    return this.#outbox.size;
  }

  /** Whether the broker blocks publishers, because it is short of memory or disk. */
  get isBlocked(): boolean {
    return this.#connection.isBlocked;
  }

  /** Resolves when the broker accepts events, or when the signal aborts. */
  async untilWritable(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#sending === undefined || this.isBlocked)) {
      await once(this.#changes, 'writable', { signal }).catch(() => {});
    }
  }

  /** Resolves on the broker's confirm, and counts the outcome. Rejects with a `BusError`, or with amqplib's own error when the message can't be encoded. */
  publish(message: OutgoingMessage): Promise<void> {
    return countPublish(this.#options.count, message, () => this.send(message));
  }

  /** Publishes without counting the outcome. */
  async send(message: OutgoingMessage): Promise<void> {
    if (this.#isClosed) throw new BusError('CLOSED', 'the bus was closed');
    const isBrokerThere = this.#sending !== undefined;
    const waiting = this.#outbox.add(message, { isBrokerThere });
    if (this.#suspects.size === 0) this.#send(waiting);
    try {
      await waiting.settled;
    } finally {
      if (this.#suspects.delete(waiting)) this.#sendNext();
    }
  }

  /** Shortens all deadlines for the broker to 5 s, since jobs in progress wait for their events. */
  shortenDeadlines(): void {
    this.#outbox.shortenDeadlines();
  }

  /** Accepts no more messages and waits for the pending confirms, at most 5 s. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.shortenDeadlines();
    await this.#outbox.idle;
    await this.#kept.close();
  }

  /** Sends the messages that this channel has not sent: while there are suspects, only the first one. */
  #sendNext(): void {
    for (const waiting of this.#outbox) {
      if (this.#sending?.unconfirmed.has(waiting) === false) this.#send(waiting);
      if (this.#suspects.size > 0) return;
    }
  }

  /** Sends a message; while the broker accepts none, `#sendNext` sends the message later. */
  #send(waiting: Waiting): void {
    const sending = this.#sending;
    // n.b. amqplib buffers messages for a blocked connection without a bound
    if (sending === undefined || this.isBlocked) return;
    const { exchange, routingKey, body, properties } = waiting.message;
    const mandatory = this.#options.isMandatory(waiting.message);
    const options = { persistent: true, mandatory, ...properties };
    if (sending.unconfirmed.size === 0) sending.heardAt = this.#options.clock.now();
    sending.unconfirmed.add(waiting);
    try {
      sending.channel.publish(exchange, routingKey, body, options, (error: unknown) => {
        sending.heardAt = this.#options.clock.now();
        onConfirm(error, waiting, sending);
      });
    } catch (error) {
      // a closed channel throws an IllegalOperationError, a failed encoding any other error
      if (error instanceof IllegalOperationError) return;
      sending.unconfirmed.delete(waiting);
      waiting.fail(error);
    }
  }

  async #open(connection: ChannelModel): Promise<OpenedChannel> {
    const channel = await answered(connection.createConfirmChannel(), 'the broker');
    const sending: Sending = {
      channel,
      unconfirmed: new Set(),
      returned: new Set(),
      heardAt: this.#options.clock.now(),
    };
    const watching = setInterval(() => this.#watch(sending), WATCH_MS);
    const stop = () => {
      clearInterval(watching);
      if (this.#sending === sending) this.#sending = undefined;
    };
    const resume = () => {
      this.#sendNext();
      this.#changes.emit('writable');
    };
    const died = endOfChannel(channel).then((reason) => {
      connection.off('unblocked', resume);
      stop();
      return reason;
    });
    connection.on('unblocked', resume);
    channel.on('return', ({ properties }) => sending.returned.add(String(properties.messageId)));
    channel.on('error', (error: Error) => {
      // n.b. a message sent on a channel that the broker has closed closes the connection
      stop();
      this.#findCulprit(sending, error);
    });
    this.#sending = sending;
    resume();
    return { channel, died };
  }

  /** Replaces the connection once the broker has confirmed nothing for too long. */
  #watch({ unconfirmed, heardAt }: Sending): void {
    const silentForMs = this.#options.clock.now() - heardAt;
    if (unconfirmed.size === 0 || this.isBlocked || silentForMs <= SILENCE_MS) return;
    this.#connection.restart(`no event was confirmed for ${Math.round(silentForMs / 1000)} s`);
  }

  /** Rejects the message that closed the channel, if it is known; otherwise suspects all unconfirmed messages. */
  #findCulprit({ unconfirmed }: Sending, error: Error): void {
    const [first] = unconfirmed;
    if (first !== undefined && unconfirmed.size === 1 && this.#suspects.has(first)) {
      first.fail(refusalOf(first.message, error));
      return;
    }
    for (const waiting of this.#outbox) {
      if (unconfirmed.has(waiting)) this.#suspects.add(waiting);
    }
  }
}

function onConfirm(error: unknown, waiting: Waiting, { unconfirmed, returned }: Sending): void {
  const { exchange, routingKey, properties } = waiting.message;
  const isNacked = error instanceof Error && error.message === 'message nacked';
  // the channel closed: the message may have arrived, and the next channel sends it again
  if (error && !isNacked) return;
  unconfirmed.delete(waiting);
  // n.b. the broker returns an unroutable message, and confirms the message too
  if (returned.delete(properties.messageId)) {
    const what = `no queue takes ${routingKey} from "${exchange}"`;
    waiting.fail(new BusError('UNROUTABLE', what));
  } else if (isNacked) {
    waiting.fail(new BusError('REFUSED', `a queue for ${routingKey} is full`, { cause: error }));
  } else waiting.confirm();
}

function refusalOf({ exchange, routingKey }: OutgoingMessage, cause: Error): BusError {
  return (cause as { code?: number }).code === NOT_FOUND
    ? new BusError('UNROUTABLE', `there's no exchange "${exchange}" for ${routingKey}`, { cause })
    : new BusError('REFUSED', `the broker refuses ${routingKey}: ${cause.message}`, { cause });
}
