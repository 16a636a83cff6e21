// The subscribers of one process; `Loads` starts it
import { connect, type Socket } from 'node:net';
import type { LoadReport, Order, Told } from './loads.ts';

const CONNECTING = 100;
const STATUS = 'HTTP/1.1 200';
const NUMBER = /"text":"quote (\d+)\."/;
/** Framing of chunks between two frames, which a read may end with. */
const FRAMING = /^[\r\n0-9a-f]*$/;
/** As long as a browser waits by itself. */
const DEFAULT_RETRY_MS = 3_000;
// all sockets share a buffer, because each read is handled before the next
const shared = Buffer.alloc(256 * 1024);

const tell = (message: Told) => void process.send?.(message);

/** How many subscribers have received each quote, by its number. */
const received = new Map<number, number>();
/** The cursor of each quote: the same for all subscribers, which saves memory. */
const cursors = new Map<number, string>();
const faults: LoadReport = { subscribers: 0, missing: 0, doubled: 0, gaps: 0, refused: 0 };
const subscribers: Subscriber[] = [];
let isClosing = false;

class Subscriber {
  readonly #port: number;
  readonly #localAddress: string;
  #socket: Socket | undefined;
  #begun: (() => void) | undefined;
  /** The number of the last quote; 0 before the first. */
  #last = 0;
  #rest = '';
  #retryMs = DEFAULT_RETRY_MS;
  #hasHead = false;

  constructor({ port, localAddress }: { port: number; localAddress: string }) {
    this.#port = port;
    this.#localAddress = localAddress;
  }

  get last(): number {
    return this.#last;
  }

  /** Connects, and reconnects with the last cursor as a browser does. Resolves with the first bytes. */
  connect(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#begun ??= resolve;
    this.#hasHead = false;
    this.#rest = '';
    const socket = connect({
      port: this.#port,
      host: '127.0.0.1',
      localAddress: this.#localAddress,
      onread: {
        buffer: shared,
        callback: (byteCount) => {
          this.#read(shared.toString('latin1', 0, byteCount));
          return true;
        },
      },
    });
    // a refused connection is tried again, too
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!isClosing) setTimeout(() => void this.connect(), this.#retryMs);
    });
    const cursor = cursors.get(this.#last);
    const resume = cursor === undefined ? '' : `Last-Event-ID: ${cursor}\r\n`;
    socket.write(
      `GET /quoteEvent HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n${resume}\r\n`,
    );
    this.#socket = socket;
    return promise;
  }

  close(): void {
    // n.b. a reset leaves no port in TIME_WAIT
    this.#socket?.resetAndDestroy();
  }

  #read(text: string): void {
    if (!this.#hasHead) {
      this.#hasHead = true;
      if (!text.startsWith(STATUS)) faults.refused += 1;
    }
    this.#begun?.();
    const blocks = (this.#rest + text).split('\n\n');
    const rest = blocks.pop() ?? '';
    this.#rest = FRAMING.test(rest) ? '' : rest;
    for (const block of blocks) this.#take(block);
  }

  #take(block: string): void {
    const [, retry] = /retry: (\d+)/.exec(block) ?? [];
    if (retry !== undefined) this.#retryMs = Number(retry);
    if (block.includes('event: gap')) faults.gaps += 1;
    if (!block.includes('event: newQuote')) return;
    const number = Number(NUMBER.exec(block)?.[1]);
    if (this.#last > 0) {
      if (number > this.#last + 1) faults.missing += number - this.#last - 1;
      if (number <= this.#last) faults.doubled += 1;
    }
    this.#last = number;
    if (!cursors.has(number)) cursors.set(number, `${/id: (\S+)/.exec(block)?.[1]}`);
    const count = (received.get(number) ?? 0) + 1;
    received.set(number, count);
    if (count === subscribers.length) tell({ arrived: number, atMs: nowMs() });
  }
}

/** By a clock that all processes of this machine share. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function join({ port, size, localAddress }: Extract<Order, { size: number }>) {
  for (let count = 0; count < size; count += 1) {
    subscribers.push(new Subscriber({ port, localAddress }));
  }
  const waiting = subscribers.values();
  const connectInTurn = async () => {
    for (const subscriber of waiting) await subscriber.connect();
  };
  await Promise.all(Array.from({ length: CONNECTING }, connectInTurn));
  tell({ joined: size });
}

process.on('message', (order: Order) => {
  if ('size' in order) void join(order);
  else if ('report' in order) {
    const behind = subscribers.filter(({ last }) => last !== order.report).length;
    tell({ report: { ...faults, subscribers: subscribers.length - behind } });
  } else {
    isClosing = true;
    for (const subscriber of subscribers) subscriber.close();
    process.disconnect();
  }
});
// n.b. sockets would keep a process alive whose parent has ended
process.once('disconnect', () => process.exit());
