import { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Connection, SocketConnection } from './connection.ts';
import { parseStreamHead, type StreamHead } from './stream-head.ts';

export interface FrontOptions {
  path: string;
  /** Called with each request for the stream that's as plain as browsers send it. */
  onStream: (head: StreamHead, connection: Connection, socket: Socket) => void;
}

/** A connection that says nothing for so long is given up, as `headersTimeout` does. */
const SILENT_MS = 15_000;
/** What belongs to one answer alone. */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/**
 * A Fastify plugin that takes plain requests for a stream off the sockets before Node makes a
 * request and a response of them, which would stay in memory for as long as the stream is open:
 * more than half of what a subscriber takes. Everything else goes on to the server untouched. Does
 * nothing for HTTP/2 and TLS.
 *
 * @see https://nodejs.org/api/http.html#event-connection
 */
export async function front(app: FastifyInstance, { path, onStream }: FrontOptions): Promise<void> {
  const { server } = app;
  if (!(server instanceof Server)) return;
  const silent = new Set<Socket>();
  const behind = server.listeners('connection') as ((socket: Socket) => void)[];
  let headers: string | undefined;

  function onConnection(socket: Socket): void {
    silent.add(socket);
    const destroy = () => socket.destroy();
    const forget = () => silent.delete(socket);
    socket.setTimeout(SILENT_MS).on('timeout', destroy).on('end', destroy).on('error', destroy);
    socket.on('close', forget).once('data', (bytes) => {
      forget();
      socket.setTimeout(0).off('timeout', destroy).off('end', destroy).off('error', destroy);
      socket.off('close', forget);
      const head = headers === undefined ? undefined : parseStreamHead(bytes, path);
      if (head !== undefined && headers !== undefined) {
        return onStream(head, new SocketConnection(socket, headers), socket);
      }
      // n.b. what's put back would flow on to nobody unless it's paused
      socket.pause().unshift(bytes);
      for (const listener of behind) listener.call(server, socket);
      socket.resume();
    });
  }

  server.removeAllListeners('connection').on('connection', onConnection);
  app.addHook('onListen', async () => {
    headers = await headersOf(app, path);
  });
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
  });
}

/** What the app's plugins set on each answer, as header lines. */
async function headersOf(app: FastifyInstance, path: string): Promise<string> {
  const { headers } = await app.inject({ method: 'HEAD', url: path });
  const lines = Object.entries(headers).flatMap(([name, value = '']) =>
    OWN_HEADERS.has(name) ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return [...lines, 'connection: keep-alive\r\n', 'transfer-encoding: chunked\r\n'].join('');
}
