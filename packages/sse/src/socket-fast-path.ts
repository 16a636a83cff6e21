import { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Connection, STREAM_HEADERS } from './connection.ts';
import { acceptsGzip } from './gzip.ts';
import { LentSocket } from './lent-socket.ts';
import { SocketConnection } from './socket-connection.ts';
import { parseRequestHead, type RequestHead } from './parse-request-head.ts';

export interface SocketFastPathOptions {
  /** Relative to the prefix of the app. */
  path: string;
  /** Whether browsers that accept gzip get a gzip stream. Default false. */
  compresses?: boolean;
  /** Called with each plain request for the stream. */
  onStream: (head: RequestHead, connection: Connection, socket: Socket) => void;
}

/** A stream that is served on the socket. */
interface Route {
  /** The header lines of the response. */
  readonly headers: string;
  readonly compresses: boolean;
  readonly onStream: SocketFastPathOptions['onStream'];
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
const GET = Buffer.from('GET ');

/** The routes of each server, by URL. */
const routesByServer = new WeakMap<Server, Map<string, Route>>();

/**
 * A Fastify plugin that serves streams on the socket. Node's parser, request and response would stay
 * in memory while a stream is open, and use two thirds of a subscriber's memory. There are two ways:
 *
 * | first bytes of a connection | served by |
 * | --- | --- |
 * | a plain request for a stream | this plugin, before Node creates a request, if the app answers HEAD with status 200, the content type of a stream and no cookie |
 * | another GET | the server, on a `LentSocket`: `openConnection` reclaims the socket once a stream begins |
 * | anything else | the server, on the socket: bodies are read fastest there |
 *
 * Does nothing for HTTP/2 and TLS.
 *
 * @see https://nodejs.org/api/http.html#event-connection
 */
export async function socketFastPath(
  app: FastifyInstance,
  { path, compresses = false, onStream }: SocketFastPathOptions,
): Promise<void> {
  const { server } = app;
  if (!(server instanceof Server)) return;
  const url = app.prefix + path;
  const routes = routesByServer.get(server) ?? serveOnSockets(app, server);
  app.addHook('onListen', async () => {
    const headers = await headersOf(app, url);
    if (headers !== undefined) routes.set(url, { headers, compresses, onStream });
  });
}

/** Takes the connections of a server. Returns the map to which streams are added. */
function serveOnSockets(app: FastifyInstance, server: Server): Map<string, Route> {
  const routes = new Map<string, Route>();
  routesByServer.set(server, routes);
  const silent = new Set<Socket>();
  const behind = server.listeners('connection') as ((socket: Socket | LentSocket) => void)[];

  function onConnection(socket: Socket): void {
    silent.add(socket);
    const destroy = () => socket.destroy();
    const forget = () => silent.delete(socket);
    socket.setTimeout(SILENT_MS).on('timeout', destroy).on('end', destroy).on('error', destroy);
    socket.on('close', forget).once('data', (bytes) => {
      forget();
      socket.setTimeout(0).off('timeout', destroy).off('end', destroy).off('error', destroy);
      socket.off('close', forget);
      const head = parseRequestHead(bytes);
      const route = head && routes.get(head.path);
      if (head !== undefined && route !== undefined) {
        const isCompressed = route.compresses && acceptsGzip(head.acceptEncoding);
        const connection = SocketConnection.withHead(socket, route.headers, { isCompressed });
        return route.onStream(head, connection, socket);
      }
      if (bytes.subarray(0, GET.byteLength).equals(GET)) {
        const lent = new LentSocket(socket, bytes);
        for (const listener of behind) listener.call(server, lent);
        return;
      }
      // n.b. pause, or the unshifted bytes are lost: a flowing socket emits them before the server listens
      socket.pause().unshift(bytes);
      for (const listener of behind) listener.call(server, socket);
      socket.resume();
    });
  }

  server.removeAllListeners('connection').on('connection', onConnection);
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
  });
  return routes;
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
