import { type Cursor, formatCursor, parseCursor } from './cursor.ts';
import type { SseCount } from './counters.ts';
import { encodeFrame } from './frame.ts';
import { History, type HistoryEntry, type LogEntry } from './history.ts';
import { type Connection, Subscriber } from './subscriber.ts';

/** Why a subscriber may have missed something. */
export type GapReason = 'expired' | 'other-log' | 'unknown' | 'malformed';

/** Where a subscriber wants to start: after a cursor, with the newest few entries, or with what comes. */
export type Start =
  | { readonly kind: 'cursor'; readonly text: string }
  | { readonly kind: 'newest'; readonly count: number }
  | { readonly kind: 'live' };

export interface HubOptions {
  /** Bytes of frames held for replay. */
  historyMaxBytes: number;
  /** How often subscribers that have read everything are told so. Default 15,000. */
  sseHeartbeatMs?: number;
  /** Which entries `Start.count` counts. Default: all that are shown. */
  counts?: (entry: HistoryEntry) => boolean;
  count?: SseCount;
}

/** What subscribers that read on at the same index share. */
type Gathered = Map<number, { bytes: Buffer; next: number }>;

const MAX_CURSOR_BYTES = 128;
/** At most so much is written to a socket in one turn of the event loop, in bytes. */
const WRITE_BYTES = 256 * 1024;
/** Subscribers served in one turn: heartbeats and health checks get their turn between two slices. */
const SLICE = 500;
/** How long a subscriber may be ahead of this process. */
const AHEAD_MS = 2_000;
/** A socket that takes nothing for so long is given up; its browser can resume. */
const STALLED_MS = 30_000;

/** Fans one history out to any number of subscribers: replay and live are the same read of it. */
export class Hub {
  readonly history: History;
  readonly #counts: (entry: HistoryEntry) => boolean;
  readonly #count: SseCount;
  readonly #subscribers = new Set<Subscriber>();
  readonly #heartbeat: NodeJS.Timeout;
  #drained: PromiseWithResolvers<void> | undefined;
  #isFlushing = false;
  #isDirty = false;

  constructor({
    historyMaxBytes,
    sseHeartbeatMs = 15_000,
    counts = () => true,
    count = () => {},
  }: HubOptions) {
    this.history = new History({ maxBytes: historyMaxBytes });
    this.#counts = counts;
    this.#count = count;
    this.#heartbeat = setInterval(() => this.#beat(), sseHeartbeatMs);
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  get isDraining(): boolean {
    return this.#drained !== undefined;
  }

  /** Takes the log's next entry; whatever comes in one turn of the event loop goes out in one write per subscriber. */
  append(entry: LogEntry): void {
    this.history.append(entry);
    this.#flushSoon();
  }

  /** The log's next entry won't follow on the last one: tells every subscriber, and begins a new history. */
  interrupt(reason: 'expired' | 'other-log'): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.awaits !== undefined) continue;
      subscriber.gap ??= { from: formatCursor(this.history.cursorBefore(subscriber.next)), reason };
      subscriber.next = this.history.next;
    }
    this.history.clear();
  }

  /** Serves a connection until it closes. */
  subscribe(connection: Connection, start: Start): void {
    const subscriber = new Subscriber(connection);
    this.#subscribers.add(subscriber);
    this.#count('sse_connections_total', {});
    connection.onDrain(() => this.#flushSoon());
    connection.onClose(() => this.#remove(subscriber, 'client'));
    // browsers that were cut at the same moment shouldn't all be back at the same moment
    const retry = 2_000 + Math.floor(Math.random() * 3_000);
    const cursor = this.#place(subscriber, start);
    // a browser that's cut before its first event has a cursor to come back with
    const first = cursor === undefined ? [] : [encodeFrame({ id: formatCursor(cursor) })];
    this.#write(subscriber, Buffer.concat([encodeFrame({ retry }), ...first]));
    this.#flushSoon();
  }

  /** Ends all streams, each at a random moment within a window, so that not all browsers come back at once; resolves when they're gone. */
  async drain(windowMs: number): Promise<void> {
    if (this.#drained === undefined) {
      this.#drained = Promise.withResolvers();
      clearInterval(this.#heartbeat);
      for (const subscriber of this.#subscribers) {
        setTimeout(() => this.#end(subscriber), Math.random() * windowMs);
      }
      if (this.#subscribers.size === 0) this.#drained.resolve();
    }
    await this.#drained.promise;
  }

  /** Sets where a new subscriber reads on, and returns the cursor to give it if it's known already. */
  #place(subscriber: Subscriber, start: Start): Cursor | undefined {
    subscriber.next = this.history.next;
    if (start.kind === 'live') return this.history.newestCursor;
    if (start.kind === 'newest') {
      subscriber.next = this.history.indexOfNewest(start.count, this.#counts);
      return this.history.cursorBefore(subscriber.next);
    }
    const cursor =
      Buffer.byteLength(start.text) > MAX_CURSOR_BYTES ? undefined : parseCursor(start.text);
    if (cursor === undefined) {
      subscriber.gap = { from: null, reason: 'malformed' };
      return undefined;
    }
    subscriber.awaits = cursor;
    this.#resolveCursor(subscriber);
    if (subscriber.awaits !== undefined)
      setTimeout(() => this.#giveUpWaiting(subscriber), AHEAD_MS);
    return cursor;
  }

  #resolveCursor(subscriber: Subscriber): void {
    if (subscriber.awaits === undefined) return;
    const location = this.history.locate(subscriber.awaits);
    if (location.kind === 'ahead') return;
    if (location.kind === 'gap') {
      subscriber.gap = { from: formatCursor(subscriber.awaits), reason: location.reason };
    }
    subscriber.next = location.next;
    subscriber.awaits = undefined;
  }

  #giveUpWaiting(subscriber: Subscriber): void {
    if (subscriber.awaits === undefined) return;
    subscriber.gap = { from: formatCursor(subscriber.awaits), reason: 'unknown' };
    subscriber.next = this.history.next;
    subscriber.awaits = undefined;
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#isDirty = true;
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isDirty = false;
      this.#flush(this.#subscribers.values(), new Map());
    });
  }

  #flush(subscribers: Iterator<Subscriber>, gathered: Gathered): void {
    for (let served = 0; served < SLICE; served += 1) {
      const { value: subscriber, done } = subscribers.next();
      if (done) {
        this.#isFlushing = false;
        if (this.#isDirty) this.#flushSoon();
        return;
      }
      this.#serve(subscriber, gathered);
    }
    setImmediate(() => this.#flush(subscribers, gathered));
  }

  #serve(subscriber: Subscriber, gathered: Gathered): void {
    if (subscriber.isBlocked) return;
    this.#resolveCursor(subscriber);
    if (subscriber.awaits !== undefined) return;
    if (subscriber.gap !== undefined && !this.#tellGap(subscriber)) return;
    const { next } = subscriber;
    if (next >= this.history.next) return;
    if (next < this.history.oldest) {
      this.#remove(subscriber, 'slow');
      subscriber.connection.destroy();
      return;
    }
    const piece = gathered.get(next) ?? this.history.gather(next, WRITE_BYTES);
    gathered.set(next, piece);
    subscriber.next = piece.next;
    if (piece.bytes.byteLength > 0) this.#write(subscriber, piece.bytes);
    if (piece.next < this.history.next) this.#isDirty = true;
  }

  /** Returns whether the gap could be told: after an interruption that waits for the first entry behind it. */
  #tellGap(subscriber: Subscriber): boolean {
    const { gap } = subscriber;
    if (gap === undefined) return true;
    if (this.history.next === this.history.oldest) return false;
    const to = formatCursor(this.history.cursorBefore(subscriber.next));
    this.#write(
      subscriber,
      encodeFrame({
        id: to,
        event: 'gap',
        data: JSON.stringify({ from: gap.from, to, reason: gap.reason }),
      }),
    );
    this.#count('sse_gaps_total', { reason: gap.reason });
    subscriber.gap = undefined;
    return true;
  }

  #write(subscriber: Subscriber, bytes: Buffer): void {
    subscriber.write(bytes);
    this.#count('sse_bytes_sent_total', {}, bytes.byteLength);
  }

  #beat(): void {
    const now = Date.now();
    const id = formatCursor(this.history.newestCursor);
    const frame = encodeFrame({ id, event: 'heartbeat', data: '{}' });
    for (const subscriber of this.#subscribers) {
      if (subscriber.blockedMs(now) > STALLED_MS) {
        this.#remove(subscriber, 'stalled');
        subscriber.connection.destroy();
      } else if (!subscriber.isBlocked && this.#hasReadAll(subscriber))
        this.#write(subscriber, frame);
    }
  }

  #hasReadAll({ next, awaits, gap }: Subscriber): boolean {
    return next === this.history.next && awaits === undefined && gap === undefined;
  }

  #end(subscriber: Subscriber): void {
    this.#remove(subscriber, 'drain');
    subscriber.connection.end();
  }

  #remove(subscriber: Subscriber, reason: string): void {
    if (!this.#subscribers.delete(subscriber)) return;
    this.#count('sse_disconnects_total', { reason });
    if (this.#subscribers.size === 0) this.#drained?.resolve();
  }
}
