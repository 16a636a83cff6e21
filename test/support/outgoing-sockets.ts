import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** n.b. only here is heard of connections that are refused, and of what's within a library. */
const CHANNEL = 'net.client.socket';

export interface OutgoingSockets {
  /** Connections that were tried so far, to the port of this URL. */
  attemptsAt(url: string): number;
  /** Over all connections so far to the port of this URL. */
  bytesSentTo(url: string): number;
  stop(): void;
}

/**
 * Watches the TCP connections that this process opens from now on.
 *
 * @see https://nodejs.org/api/diagnostics_channel.html#net
 */
export function watchOutgoingSockets(): OutgoingSockets {
  const sockets: { readonly socket: Socket; readonly port: number }[] = [];
  const onSocket = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    socket.once('connectionAttempt', (_address, port) => sockets.push({ socket, port }));
  };
  const socketsTo = (url: string) =>
    sockets.filter(({ port }) => port === Number(new URL(url).port));
  subscribe(CHANNEL, onSocket);
  return {
    attemptsAt: (url) => socketsTo(url).length,
    bytesSentTo: (url) => socketsTo(url).reduce((sum, { socket }) => sum + socket.bytesWritten, 0),
    stop: () => void unsubscribe(CHANNEL, onSocket),
  };
}
