import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import type { Piece } from './piece.ts';

/** The way to one browser. */
export interface Connection {
  /** Returns false when no more should be written until `onDrain`. */
  write(piece: Piece): boolean;
  onDrain(resume: () => void): void;
  onClose(closed: () => void): void;
  /** Ends the stream after what was written. */
  end(): void;
  /** Cuts the connection. */
  destroy(): void;
}

/** The headers of every stream. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // nginx would hold frames back otherwise
  'x-accel-buffering': 'no',
};

/** Sends the head of a stream, and takes the reply over from Fastify. */
export function openConnection(reply: FastifyReply): Connection {
  // n.b. a hijacked reply loses the headers of other plugins unless they're passed on by hand
  const headers = { ...reply.getHeaders(), ...STREAM_HEADERS } as Record<string, string>;
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, headers);
  raw.flushHeaders();
  // n.b. a pipelined request has no socket before its turn
  const { socket } = raw;
  const hasChunks = reply.request.raw.httpVersion === '1.1' && socket instanceof Socket;
  return hasChunks ? new ChunkedConnection(raw, socket) : new ResponseConnection(raw);
}

/** Writes whole chunks to the socket, past the response: that spares each one a third of the time. */
class ChunkedConnection implements Connection {
  readonly #response: ServerResponse;
  readonly #socket: Socket;

  constructor(response: ServerResponse, socket: Socket) {
    this.#response = response;
    this.#socket = socket;
  }

  write({ chunk }: Piece): boolean {
    return this.#socket.write(chunk);
  }

  onDrain(resume: () => void): void {
    this.#socket.on('drain', resume);
  }

  onClose(closed: () => void): void {
    this.#response.on('close', closed);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Writes to the response: HTTP/2, HTTP/1.0, and whatever stands in for a socket. */
class ResponseConnection implements Connection {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  write({ frames }: Piece): boolean {
    return this.#response.write(frames);
  }

  onDrain(resume: () => void): void {
    this.#response.on('drain', resume);
  }

  onClose(closed: () => void): void {
    this.#response.on('close', closed);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}

/** Writes whole HTTP/1.1 to a socket that no HTTP server has seen. */
export class SocketConnection implements Connection {
  readonly #socket: Socket;
  /** Goes out with the first piece, in one write. */
  #head: Buffer | undefined;

  constructor(socket: Socket, headers: string) {
    this.#socket = socket;
    const date = new Date().toUTCString();
    this.#head = Buffer.from(`HTTP/1.1 200 OK\r\n${headers}date: ${date}\r\n\r\n`, 'latin1');
    // n.b. the sockets of an HTTP server stay half open, and an error without a listener ends the process
    socket.on('end', destroy).on('error', destroy).resume();
  }

  write({ chunk }: Piece): boolean {
    if (this.#head === undefined) return this.#socket.write(chunk);
    const first = Buffer.concat([this.#head, chunk]);
    this.#head = undefined;
    return this.#socket.write(first);
  }

  onDrain(resume: () => void): void {
    this.#socket.on('drain', resume);
  }

  onClose(closed: () => void): void {
    this.#socket.on('close', closed);
  }

  end(): void {
    const socket = this.#socket;
    socket.write(LAST_CHUNK);
    socket.destroySoon();
    // who doesn't take the end mustn't hold the server open
    if (socket.writableLength > 0) setTimeout(destroy.bind(socket), END_MS);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const END_MS = 1_000;
const LAST_CHUNK = '0\r\n\r\n';

function destroy(this: Socket): void {
  this.destroy();
}
