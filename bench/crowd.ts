import { connect, type Socket } from 'node:net';
import { within } from '@quotewire/testing';
import { MARK } from './events.ts';

const MARK_BYTE = MARK.charCodeAt(0);
/** The number of concurrent connects, below the backlog of any server. */
const CONNECTING = 250;
const CONNECT_DEADLINE_MS = 60_000;
const MARK_DEADLINE_MS = 45_000;
// all sockets share a buffer, because each read is handled before the next
const shared = Buffer.alloc(256 * 1024);

export interface CrowdOptions {
  port: number;
  size: number;
  /** The number of subscribers that keep all received bytes, for `collected`. Default 0. */
  collectors?: number;
}

/** When each subscriber received a mark, in ms since the call of `mark`. */
export type Arrivals = Float64Array;

/** Subscribers of one server with minimal work: they count bytes and search for marks. */
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

  /** Connects all subscribers in batches; resolves when all have received their first bytes. They resume after the event with the given id, or begin live. */
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

  /** The fewest bytes that any subscriber has received. */
  get leastBytes(): number {
    return this.#bytes.reduce((least, bytes) => Math.min(least, bytes), Infinity);
  }

  get isCollecting(): boolean {
    return this.#collected.length > 0;
  }

  /** Yields the received bytes of each collector, the head of the response included. */
  *collected(): Generator<Buffer> {
    for (const pieces of this.#collected) yield Buffer.concat(pieces);
  }

  /** Stops collecting. */
  stopCollecting(): void {
    this.#collected.length = 0;
  }

  /** Resolves with the arrival times when each subscriber has received a mark published from now on. */
  mark(): Promise<Arrivals> {
    const arrivals = this.#awaitMark();
    // the publisher awaits this promise only after it has published the mark
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

  /** Resets all connections at once. */
  close(): void {
    this.#isClosed = true;
    // n.b. a reset leaves no port in TIME_WAIT
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
