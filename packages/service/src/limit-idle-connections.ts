import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from './guards.ts';

/** More than the browsers of an office keep open between two requests. */
export const MAX_IDLE = 500;
/** A connection is idle for a moment before its first request, also in a storm of reconnects. */
const IDLE_MS = 5_000;

/** When a connection began to wait for a request, and what had been written to it by then. */
interface Idle {
  readonly sinceMs: number;
  readonly bytesWritten: number;
}

export interface IdleLimits {
  max?: number;
  idleMs?: number;
  /** Addresses without a limit. Default: this machine, where a proxy may run. */
  isExempt?: (address: string) => boolean;
}

/**
 * Closes the oldest idle connections of an address that has more than `max` of them: each costs
 * memory, and a client that sends nothing could hold any number. Requests in progress and streams
 * aren't idle. Don't use it behind a proxy, whose connections all have one address.
 */
export function limitIdleConnections(
  app: FastifyInstance,
  { max = MAX_IDLE, idleMs = IDLE_MS, isExempt = isLoopback }: IdleLimits = {},
): void {
  const { server } = app;
  const open = new Map<string, Socket>();
  const idle = new Map<Socket, Idle>();

  function onIdle(socket: Socket): void {
    // the map is in the order of becoming idle
    idle.delete(socket);
    idle.set(socket, { sinceMs: performance.now(), bytesWritten: socket.bytesWritten });
  }

  function sweep(): void {
    const longest = new Map<string, Socket[]>();
    for (const [socket, { sinceMs, bytesWritten }] of idle) {
      // n.b. a stream may be served on the socket without a request
      if (socket.bytesWritten > bytesWritten) idle.delete(socket);
      else if (performance.now() - sinceMs >= idleMs) {
        const address = socket.remoteAddress ?? '';
        const others = longest.get(address);
        if (others === undefined) longest.set(address, [socket]);
        else others.push(socket);
      }
    }
    for (const sockets of longest.values()) {
      for (const socket of sockets.slice(0, Math.max(0, sockets.length - max))) socket.destroy();
    }
  }

  // n.b. when the app listens, so that no plugin that replaces the listeners of the server removes this one
  app.addHook('onListen', async () => {
    const sweeping = setInterval(sweep, idleMs);
    server.once('close', () => clearInterval(sweeping));
    server.on('connection', (socket: Socket) => {
      const key = keyOf(socket);
      if (key === undefined || isExempt(socket.remoteAddress ?? '')) return;
      open.set(key, socket);
      onIdle(socket);
      socket.once('close', () => {
        open.delete(key);
        idle.delete(socket);
      });
    });
    server.on('request', ({ socket: { remoteAddress, remotePort } }, response) => {
      // n.b. the request may come over a wrapper of the socket
      const socket = open.get(keyOf({ remoteAddress, remotePort }) ?? '');
      if (socket === undefined) return;
      idle.delete(socket);
      response.once('close', () => {
        // a response that hasn't ended goes on as a stream, on the bare socket
        if (response.writableEnded && !socket.destroyed) onIdle(socket);
      });
    });
  });
}

function keyOf({
  remoteAddress,
  remotePort,
}: {
  remoteAddress?: string | undefined;
  remotePort?: number | undefined;
}): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}
