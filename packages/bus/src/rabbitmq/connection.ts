import { setTimeout as delay } from 'node:timers/promises';
import { type Channel, type ChannelModel, connect } from 'amqplib';

const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 1_000;
/** A half-open link is noticed within two to three of these. */
const AMQP_HEARTBEAT_SECONDS = 10;

/** n.b. amqplib doesn't give the broker's words on a vhost that it doesn't open. */
const VHOST_NOT_OPENED = 'Expected ConnectionOpenOk';

/** Opens a connection, with the options that every one needs. Rejects with the broker's words, or with what they mean. */
export async function openConnection(url: string, name: string): Promise<ChannelModel> {
  const withHeartbeat = new URL(url);
  const { searchParams } = withHeartbeat;
  if (!searchParams.has('heartbeat')) {
    searchParams.set('heartbeat', String(AMQP_HEARTBEAT_SECONDS));
  }
  const opening = connect(withHeartbeat.href, {
    // n.b. without a timeout a server that accepts and stays silent is waited for forever
    timeout: CONNECT_TIMEOUT_MS,
    // n.b. with Nagle's algorithm the confirm of a body over 2 kB takes 44 ms instead of 0.2
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

/** Resolves with the reason when a channel ends in any way: closed, or its consumer cancelled by the broker. */
export function endOfChannel(channel: Channel): Promise<string> {
  let reason = 'channel closed';
  // n.b. an error without a listener takes the whole connection down
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

/** Resolves with the reason when a connection ends. */
export function endOfConnection(connection: ChannelModel): Promise<string> {
  let reason = 'connection closed';
  connection.on('error', (error) => {
    reason = error.message;
  });
  return new Promise((resolve) => {
    connection.on('close', (error) => resolve(error?.message ?? reason));
  });
}

/** Closes a channel or a connection, waits at most 1 s for the broker's answer, and never rejects. */
export async function closeQuietly(closable: { close(): Promise<void> }): Promise<void> {
  await withinCloseTimeout(closable.close());
}

/** n.b. amqplib's closing and cancelling never settle when the connection ends meanwhile. */
export async function withinCloseTimeout(work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const timedOut = delay(CLOSE_TIMEOUT_MS, undefined, { signal: timer.signal });
  await Promise.race([work.catch(ignore), timedOut.catch(ignore)]);
  timer.abort();
}

function ignore(): void {}
