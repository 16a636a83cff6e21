import { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Connection, SocketConnection, STREAM_HEADERS } from './connection.ts';
import { parseRequestHead, type RequestHead } from './parse-request-head.ts';

export interface SocketFastPathOptions {
  /** Relative to the prefix of the app. */
  path: string;
  /** Called with each plain request for the stream. */
  onStream: (head: RequestHead, connection: Connection, socket: Socket) => void;
}

/** Closes a connection that sends nothing for this long, as `headersTimeout` does. */
const SILENT_MS = 15_000;
/** Headers that belong to one response alone. */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/**
 * A Fastify plugin that serves plain requests for a stream on the socket, before Node creates a
 * request and a response. These would stay in memory while the stream is open, and use more than
 * half of a subscriber's memory. The plugin passes all other requests to the server unchanged. It
 * passes on every request unless the app answers HEAD with status 200, the content type of a stream
 * and no cookie. Does nothing for HTTP/2 and TLS.
 *
 * @see https://nodejs.org/api/http.html#event-connection
 */
export async function socketFastPath(
  app: FastifyInstance,
  { path, onStream }: SocketFastPathOptions,
): Promise<void> {
  const { server } = app;
  if (!(server instanceof Server)) return;
  const silent = new Set<Socket>();
  const behind = server.listeners('connection') as ((socket: Socket) => void)[];
  const url = app.prefix + path;
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
      const head = headers === undefined ? undefined : parseRequestHead(bytes, url);
      if (head !== undefined && headers !== undefined) {
        return onStream(head, new SocketConnection(socket, headers), socket);
      }
      // n.b. pause, or the unshifted bytes are lost: a flowing socket emits them before the server listens
      socket.pause().unshift(bytes);
      for (const listener of behind) listener.call(server, socket);
      socket.resume();
    });
  }

  server.removeAllListeners('connection').on('connection', onConnection);
  app.addHook('onListen', async () => {
    headers = await headersOf(app, url);
  });
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
  });
}

/**
 * Returns the header lines that the app's plugins set on a response. Undefined if the headers differ
 * between browsers, or if the app refuses some of them: then the app must serve the stream.
 */
async function headersOf(app: FastifyInstance, url: string): Promise<string | undefined> {
  const { statusCode, headers } = await app.inject({ method: 'HEAD', url });
  if (statusCode !== 200 || headers['content-type'] !== STREAM_HEADERS['content-type']) {
    return undefined;
  }
  if (headers['set-cookie'] !== undefined) return undefined;
  const lines = Object.entries(headers).flatMap(([name, value = '']) =>
    OWN_HEADERS.has(name) ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return [...lines, 'connection: close\r\n', 'transfer-encoding: chunked\r\n'].join('');
}
