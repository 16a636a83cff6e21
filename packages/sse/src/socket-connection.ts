import type { Socket } from 'node:net';
import type { Connection } from './connection.ts';
import { batchFrames, type FrameBatch } from './frame.ts';
import { GZIP_HEADER } from './gzip.ts';

/** The start of a compressed stream. */
export const GZIP_START = batchFrames([GZIP_HEADER]);

/** How long a stream that ends waits for a client that has stopped reading. */
export const END_MS = 1_000;
const LAST_CHUNK = '0\r\n\r\n';

/** Writes a response to a socket that no HTTP server owns. */
export class SocketConnection implements Connection {
  readonly isCompressed: boolean;
  readonly #socket: Socket;
  readonly #hasChunks: boolean;
  /** Sent with the first frames, in one write. */
  #head: Buffer | undefined;

  /** The response's head is `head` if it hasn't been sent. */
  constructor(
    socket: Socket,
    {
      hasChunks,
      isCompressed = false,
      head,
    }: { hasChunks: boolean; isCompressed?: boolean; head?: Buffer },
  ) {
    this.isCompressed = isCompressed;
    this.#socket = socket;
    this.#hasChunks = hasChunks;
    const start = hasChunks ? GZIP_START.chunk : GZIP_START.frames;
    const parts = [...(head ? [head] : []), ...(isCompressed ? [start] : [])];
    this.#head = parts.length === 0 ? undefined : Buffer.concat(parts);
    // n.b. an HTTP server allows half-open sockets, and an 'error' without a listener ends the process
    socket.on('end', destroy).on('error', destroy).resume();
  }

  /** Sends a whole HTTP/1.1 response, with these header lines. */
  static withHead(
    socket: Socket,
    headers: string,
    { isCompressed = false }: { isCompressed?: boolean } = {},
  ): SocketConnection {
    const date = new Date().toUTCString();
    const encoding = isCompressed ? 'content-encoding: gzip\r\n' : '';
    const lines = `HTTP/1.1 200 OK\r\n${headers}${encoding}date: ${date}\r\n\r\n`;
    const head = Buffer.from(lines, 'latin1');
    return new SocketConnection(socket, { hasChunks: true, isCompressed, head });
  }

  write({ chunk, frames }: FrameBatch): boolean {
    const bytes = this.#hasChunks ? chunk : frames;
    if (this.#head === undefined) return this.#socket.write(bytes);
    const first = Buffer.concat([this.#head, bytes]);
    this.#head = undefined;
    return this.#socket.write(first);
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  onDrain(resume: () => void): void {
    this.#socket.on('drain', resume);
  }

  onClose(closed: () => void): void {
    this.#socket.on('close', closed);
  }

  end(): void {
    const socket = this.#socket;
    if (this.#hasChunks) socket.write(LAST_CHUNK);
    socket.destroySoon();
    if (socket.writableLength > 0) setTimeout(destroy.bind(socket), END_MS);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function destroy(this: Socket): void {
  this.destroy();
}
