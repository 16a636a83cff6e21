import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** n.b. the only channel that also reports refused connections and those of libraries. */
const CHANNEL = 'net.client.socket';

export interface OutgoingSockets {
  /** Counts the connection attempts to the port of a URL. */
  attemptsAt(url: string): number;
  /** Sums the bytes over all connections to the port of a URL. */
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
