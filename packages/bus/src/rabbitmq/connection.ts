import type { Duplex } from 'node:stream';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { answered, withinCloseTimeout } from './answered.ts';
import { explain } from './explain.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** A half-open connection is detected within two to three heartbeats. */
const AMQP_HEARTBEAT_SECONDS = 10;

/** n.b. amqplib drops the broker's reason when the broker refuses to open a vhost. */
const VHOST_NOT_OPENED = 'Expected ConnectionOpenOk';

/** The URL of a broker, or the URLs of all its nodes: `amqp://user:password@host:port/vhost`, or `amqps://`. */
export type BrokerUrl = string | readonly string[];

/**
 * Opens a connection to a node of the broker. Tries each node once, beginning with a random one, so
 * that processes spread over a cluster. Rejects with the broker's error, or with an `AggregateError`
 * when each of several nodes failed.
 */
export async function openConnection(url: BrokerUrl, name: string): Promise<ChannelModel> {
  const urls = typeof url === 'string' ? [url] : url;
  const first = Math.floor(Math.random() * urls.length);
  const errors: unknown[] = [];
  for (const node of [...urls.slice(first), ...urls.slice(0, first)]) {
    try {
      return await connectToNode(node, name);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  throw new AggregateError(errors, errors.map(explain).join('; '));
}

async function connectToNode(url: string, name: string): Promise<ChannelModel> {
  const withHeartbeat = new URL(url);
  const { searchParams } = withHeartbeat;
  if (!searchParams.has('heartbeat')) {
    searchParams.set('heartbeat', String(AMQP_HEARTBEAT_SECONDS));
  }
  const opening = connect(withHeartbeat.href, {
    // n.b. without a timeout `connect` never settles when a server accepts and stays silent
    timeout: CONNECT_TIMEOUT_MS,
    // n.b. with Nagle's algorithm the confirm of a body over 2 kB takes 44 ms instead of 0.2 ms
    noDelay: true,
    keepAlive: true,
    clientProperties: { connection_name: name },
  });
  try {
    return await opening;
  } catch (cause) {
    if (!(cause as Error).message.startsWith(VHOST_NOT_OPENED)) throw cause;
    const vhost = decodeURIComponent(withHeartbeat.pathname.slice(1)) || '/';
    throw new Error(
      `the broker doesn't open the vhost "${vhost}": does it exist, and may this user use it?`,
      { cause },
    );
  }
}

/** Resolves with the reason when a channel closes, or the broker cancels its consumer. */
export function endOfChannel(channel: Channel): Promise<string> {
  let reason = 'channel closed';
  // n.b. a channel error without a listener closes the whole connection
  channel.on('error', (error) => {
    reason = error.message;
  });
  return new Promise((resolve) => {
    channel.on('close', () => resolve(reason));
    channel.on('cancel', () =>
      resolve('the broker cancelled the consumer: its queue was deleted or moved'),
    );
  });
}

/** Whether the broker closed a channel because of a request; amqplib's error then has the reply code. */
export function isChannelError(error: unknown): boolean {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'number';
}

/** Opens a channel whose errors leave the connection open. */
export async function openChannel(connection: ChannelModel): Promise<Channel> {
  const channel = await answered(connection.createChannel(), 'the broker');
  void endOfChannel(channel);
  return channel;
}

/** Returns a signal that aborts with the reason when a connection closes. */
export function endOfConnection(connection: ChannelModel): AbortSignal {
  const end = new AbortController();
  let reason = 'connection closed';
  connection.on('error', (error) => {
    reason = error.message;
  });
  connection.on('close', (error) => end.abort(new Error(error?.message ?? reason)));
  return end.signal;
}

/** Ends a connection without the broker, which may not read. n.b. amqplib's `close` waits for the broker's answer. */
export function destroyConnection({ connection }: ChannelModel, reason: string): void {
  const { stream } = connection as unknown as { stream: Duplex };
  stream.destroy(new Error(reason));
}

/**
 * Cancels the consumers of a channel and closes it, waits at most 1 s for each answer, and never
 * rejects. n.b. RabbitMQ 4 still counts the consumer of a stream whose channel closed without that.
 */
export async function closeChannel(channel: Channel): Promise<void> {
  // amqplib keeps them by their tags, and doesn't say so in its types
  const { consumers } = channel as { consumers?: ReadonlyMap<string, unknown> };
  const cancelling = [...(consumers?.keys() ?? [])].map((tag) => channel.cancel(tag));
  await Promise.all(cancelling.map(withinCloseTimeout));
  await closeQuietly(channel);
}

/** Closes a channel or a connection, waits at most 1 s for the broker's answer, and never rejects. */
export async function closeQuietly(closable: { close(): Promise<void> }): Promise<void> {
  await withinCloseTimeout(closable.close());
}
