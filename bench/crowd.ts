import { connect, type Socket } from 'node:net';
import { within } from '@quotewire/testing';
import { MARK } from './events.ts';

const MARK_BYTE = MARK.charCodeAt(0);
/** How many connect at once: fewer than any server's backlog. */
const CONNECTING = 250;
const CONNECT_DEADLINE_MS = 60_000;
const MARK_DEADLINE_MS = 45_000;
// what all sockets read into: what's read is looked at before the next read
const shared = Buffer.alloc(256 * 1024);

export interface CrowdOptions {
  port: number;
  size: number;
  /** How many of them keep what they receive, for `collected`. Default 0. */
  collectors?: number;
}

/** What each of a crowd's subscribers needed for a mark, in ms since it was expected. */
export type Arrivals = Float64Array;

/** Subscribers of one server that do next to nothing: they count bytes and look for marks. */
export class Crowd {
  readonly size: number;
  readonly #port: number;
  readonly #collected: Buffer[][];
  readonly #failure = Promise.withResolvers<never>();
  readonly #bytes: Float64Array;
  readonly #sockets: Socket[] = [];
  #arrivals: Arrivals | undefined;
  #expectedAt = 0;
  #missing = 0;
  #arrived = Promise.withResolvers<void>();
  #isClosed = false;

  constructor({ port, size, collectors = 0 }: CrowdOptions) {
    this.size = size;
    this.#port = port;
    this.#bytes = new Float64Array(size);
    this.#collected = Array.from({ length: Math.min(size, collectors) }, () => []);
    this.#failure.promise.catch(() => {});
  }

  /** Connects all, some at a time; resolves when all have received their first bytes. They go on after the event with that id, or with what comes. */
  async join(lastEventId?: string): Promise<void> {
    const resume = lastEventId === undefined ? '' : `Last-Event-ID: ${lastEventId}\r\n`;
    const request = `GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n${resume}\r\n`;
    const indexes = Array.from({ length: this.size }, (_, index) => index).values();
    const connectInTurn = async () => {
      for (const index of indexes) await this.#connectOne(index, request);
    };
    const all = Promise.all(Array.from({ length: CONNECTING }, connectInTurn));
    await this.#inTime(all, {
      what: `${this.size} subscribers connect`,
      timeoutMs: CONNECT_DEADLINE_MS,
    });
  }

  /** How many bytes the subscriber that received the fewest has received. */
  get leastBytes(): number {
    return this.#bytes.reduce((least, bytes) => Math.min(least, bytes), Infinity);
  }

  get isCollecting(): boolean {
    return this.#collected.length > 0;
  }

  /** What each collector has received, the response's head included. */
  *collected(): Generator<Buffer> {
    for (const pieces of this.#collected) yield Buffer.concat(pieces);
  }

  /** Collectors keep no more. */
  stopCollecting(): void {
    this.#collected.length = 0;
  }

  /** Resolves when each subscriber has received a mark that's published from now on, with when it did. */
  mark(): Promise<Arrivals> {
    const arrivals = this.#awaitMark();
    // n.b. whoever publishes the mark comes to this promise only when that's done
    arrivals.catch(() => {});
    return arrivals;
  }

  async #awaitMark(): Promise<Arrivals> {
    const arrivals = new Float64Array(this.size).fill(Number.NaN);
    this.#arrivals = arrivals;
    this.#missing = this.size;
    this.#arrived = Promise.withResolvers();
    this.#expectedAt = performance.now();
    await this.#inTime(this.#arrived.promise, {
      what: 'every subscriber receives the mark',
      timeoutMs: MARK_DEADLINE_MS,
    }).catch((cause: unknown) => {
      throw new Error(`${this.#missing} of ${this.size} subscribers missed the mark`, { cause });
    });
    this.#arrivals = undefined;
    return arrivals;
  }

  /** Cuts all connections at once. */
  close(): void {
    this.#isClosed = true;
    // n.b. a reset leaves no port waiting
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #connectOne(index: number, request: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isFirst = true;
    const socket = connect({
      port: this.#port,
      host: '127.0.0.1',
      onread: {
        buffer: shared,
        callback: (byteCount) => {
          this.#read(index, byteCount);
          if (isFirst) resolve();
          isFirst = false;
          return true;
        },
      },
    });
    socket.on('error', (err) => this.#fail(err));
    socket.on('close', () => this.#fail(new Error('the server closed a subscriber')));
    socket.write(request);
    this.#sockets.push(socket);
    return promise;
  }

  #read(index: number, byteCount: number): void {
    this.#bytes[index] = (this.#bytes[index] ?? 0) + byteCount;
    this.#collected[index]?.push(Buffer.from(shared.subarray(0, byteCount)));
    const arrivals = this.#arrivals;
    if (arrivals === undefined || !Number.isNaN(arrivals[index])) return;
    if (shared.lastIndexOf(MARK_BYTE, byteCount - 1) < 0) return;
    arrivals[index] = performance.now() - this.#expectedAt;
    this.#missing -= 1;
    if (this.#missing === 0) this.#arrived.resolve();
  }

  #fail(err: Error): void {
    if (!this.#isClosed) this.#failure.reject(err);
  }

  #inTime<T>(work: Promise<T>, deadline: { what: string; timeoutMs: number }): Promise<T> {
    return within(Promise.race([work, this.#failure.promise]), deadline);
  }
}
