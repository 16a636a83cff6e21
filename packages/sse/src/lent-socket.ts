import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A connection that an HTTP server serves without owning its socket, until the caller reclaims the
 * socket: then Node frees the parser, the request and the response, which use two thirds of the
 * memory of a stream. Node documents that any duplex may be injected as a connection.
 *
 * @see https://nodejs.org/api/http.html#event-connection
 */
export class LentSocket extends Duplex {
  #socket: Socket | undefined;
  /** Called when the socket accepts more. */
  #accepted: (() => void) | undefined;
  readonly #listeners = {
    data: (bytes: Buffer) => {
      if (!this.push(bytes)) this.#socket?.pause();
    },
    end: () => void this.push(null),
    drain: () => {
      const accepted = this.#accepted;
      this.#accepted = undefined;
      accepted?.();
    },
    timeout: () => void this.emit('timeout'),
    error: (err: Error) => void this.destroy(err),
    close: () => void this.destroy(),
  };

  /** The server reads `bytes` first, which were read from the socket. */
  constructor(socket: Socket, bytes: Buffer) {
    super({ decodeStrings: false });
    this.#socket = socket;
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener);
    this.#listeners.data(bytes);
  }

  get remoteAddress(): string | undefined {
    return this.#socket?.remoteAddress;
  }

  get remoteFamily(): string | undefined {
    return this.#socket?.remoteFamily;
  }

  get remotePort(): number | undefined {
    return this.#socket?.remotePort;
  }

  get localAddress(): string | undefined {
    return this.#socket?.localAddress;
  }

  get localPort(): number | undefined {
    return this.#socket?.localPort;
  }

  setTimeout(timeoutMs: number, onTimeout?: () => void): this {
    this.#socket?.setTimeout(timeoutMs);
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    return this;
  }

  /** Destroys the connection once all written bytes are handed to the kernel. */
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  /**
   * Returns the socket, whose errors the caller must handle. What the server writes from now on is
   * discarded; the server closes its side when it ends the response. Returns undefined if the socket is
   * full or closed.
   */
  reclaim(): Socket | undefined {
    const socket = this.#socket;
    if (socket === undefined || this.destroyed || this.writableLength > 0) return undefined;
    this.#socket = undefined;
    for (const [event, listener] of Object.entries(this.#listeners)) socket.off(event, listener);
    return socket.setTimeout(0);
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, accepted: () => void): void {
    if (this.#socket?.write(chunk, encoding) === false) this.#accepted = accepted;
    else accepted();
  }

  override _writev(
    chunks: { chunk: Buffer | string; encoding: BufferEncoding }[],
    accepted: () => void,
  ): void {
    const socket = this.#socket;
    let isFull = false;
    socket?.cork();
    for (const { chunk, encoding } of chunks) isFull = socket?.write(chunk, encoding) === false;
    socket?.uncork();
    if (isFull) this.#accepted = accepted;
    else accepted();
  }

  override _final(ended: () => void): void {
    if (this.#socket === undefined) ended();
    else this.#socket.end(ended);
  }

  override _destroy(err: Error | null, destroyed: (err: Error | null) => void): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    destroyed(err);
  }
}
