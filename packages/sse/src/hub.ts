import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection } from './connection.ts';
import type { SseCount } from './counters.ts';
import { formatCursor } from './cursor.ts';
import { NO_FILTER } from './filter.ts';
import { encodeFrame } from './frame.ts';
import { History, type HistoryEntry, type LogEntry } from './history.ts';
import { joinFrames, type Piece } from './piece.ts';
import { type Gap, placeBehind, placeFor, type Start } from './place.ts';
import { Rounds, SLICE } from './rounds.ts';
import { Subscriber } from './subscriber.ts';
import { randomRetry, turnAway } from './turn-away.ts';
import { Views } from './views.ts';

export interface HubOptions {
  /** Bytes of frames held for replay; in a burst up to twice as many. */
  historyMaxBytes: number;
  /** How often subscribers that have read everything are told so. Default 15,000. */
  sseHeartbeatMs?: number;
  /** Which entries `Start.count` counts. Default: all that are shown. */
  counts?: (entry: HistoryEntry) => boolean;
  count?: SseCount;
}

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
  readonly #views: Views;
  readonly #rounds: Rounds<Subscriber>;
  readonly #heartbeat: NodeJS.Timeout;
  #drained: PromiseWithResolvers<void> | undefined;
  #bytesSent = 0;

  constructor({
    historyMaxBytes,
    sseHeartbeatMs = 15_000,
    counts = () => true,
    count = () => {},
  }: HubOptions) {
    this.history = new History({ maxBytes: historyMaxBytes });
    this.#counts = counts;
    this.#count = count;
    this.#views = new Views({ history: this.history });
    this.#rounds = new Rounds({
      all: this.#subscribers,
      serve: (subscriber) => this.#serve(subscriber),
      onRound: () => this.#views.forget(),
      onRoundEnd: () => this.#trimHistory(),
      onTurnEnd: ({ isIdle }) => {
        this.#countBytes();
        if (isIdle) this.#views.forget();
      },
    });
    this.#heartbeat = setInterval(() => void this.#beat(), sseHeartbeatMs);
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
    this.#rounds.announce();
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

  /** Serves a connection until it closes; with a filter only what it accepts. */
  subscribe(connection: Connection, start: Start, { filter = NO_FILTER } = {}): void {
    const view = this.isDraining ? undefined : this.#views.join(filter);
    if (view === undefined) {
      const reason = this.isDraining ? 'drain' : 'filters';
      return turnAway(connection, { reason, count: this.#count });
    }
    const counts = (entry: HistoryEntry) => view.shows(entry) && this.#counts(entry);
    const place = placeFor(start, { history: this.history, counts });
    const subscriber = new Subscriber({ connection, view }, place);
    this.#subscribers.add(subscriber);
    this.#count('sse_connections_total', {});
    connection.onDrain(() => {
      subscriber.unblock();
      this.#rounds.wake(subscriber);
    });
    connection.onClose(() => this.#remove(subscriber, 'client'));
    this.#greet(subscriber);
    this.#rounds.wake(subscriber);
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

  #greet(subscriber: Subscriber): void {
    const frames = [encodeFrame({ retry: randomRetry() })];
    // a browser that's cut before its first event has a cursor to come back with
    if (subscriber.gap === undefined) {
      const cursor = subscriber.awaits ?? this.history.cursorBefore(subscriber.next);
      frames.push(encodeFrame({ id: formatCursor(cursor) }));
    }
    this.#write(subscriber, joinFrames(frames));
    if (subscriber.awaits !== undefined) {
      setTimeout(() => this.#giveUpWaiting(subscriber), AHEAD_MS);
    }
  }

  #giveUpWaiting(subscriber: Subscriber): void {
    if (subscriber.awaits === undefined) return;
    const gap: Gap = { from: formatCursor(subscriber.awaits), reason: 'unknown' };
    subscriber.moveTo({ next: this.history.next, gap });
    this.#rounds.wake(subscriber);
  }

  #serve(subscriber: Subscriber): void {
    if (subscriber.isBlocked || !this.#subscribers.has(subscriber)) return;
    if (subscriber.awaits !== undefined) {
      subscriber.moveTo(placeBehind(subscriber.awaits, this.history));
      if (subscriber.awaits !== undefined) return;
    }
    if (subscriber.gap !== undefined && !this.#tellGap(subscriber, subscriber.gap)) return;
    if (subscriber.next >= this.history.next) return;
    if (subscriber.next < this.history.oldest) return this.#cut(subscriber, 'slow');
    const { piece, next, isCut } = subscriber.view.readFrom(subscriber.next);
    subscriber.next = next;
    if (piece !== undefined) this.#write(subscriber, piece);
    if (isCut) this.#rounds.wake(subscriber);
  }

  /** A burst larger than the history is for all who keep up. */
  #trimHistory(): void {
    if (!this.history.isFull) return;
    let keepFrom = this.history.next;
    for (const { isBlocked, awaits, next } of this.#subscribers) {
      if (!isBlocked && awaits === undefined && next < keepFrom) keepFrom = next;
    }
    this.history.trim({ keepFrom });
  }

  /** Returns whether the gap could be told: after an interruption that waits for the first entry behind it. */
  #tellGap(subscriber: Subscriber, { from, reason }: Gap): boolean {
    if (this.history.next === this.history.oldest) return false;
    const to = formatCursor(this.history.cursorBefore(subscriber.next));
    const data = JSON.stringify({ from, to, reason });
    this.#write(subscriber, joinFrames([encodeFrame({ id: to, event: 'gap', data })]));
    this.#count('sse_gaps_total', { reason });
    subscriber.gap = undefined;
    return true;
  }

  #write(subscriber: Subscriber, piece: Piece): void {
    subscriber.write(piece);
    this.#bytesSent += piece.frames.byteLength;
  }

  #countBytes(): void {
    if (this.#bytesSent > 0) this.#count('sse_bytes_sent_total', {}, this.#bytesSent);
    this.#bytesSent = 0;
  }

  async #beat(): Promise<void> {
    const now = Date.now();
    let heartbeat = this.#heartbeatPiece();
    let served = 0;
    for (const subscriber of this.#subscribers) {
      if (subscriber.blockedMs(now) > STALLED_MS) this.#cut(subscriber, 'stalled');
      else if (!subscriber.isBlocked && this.#hasReadAll(subscriber)) {
        this.#write(subscriber, heartbeat);
      }
      served += 1;
      if (served % SLICE !== 0) continue;
      await nextTurn();
      heartbeat = this.#heartbeatPiece();
    }
  }

  #heartbeatPiece(): Piece {
    const id = formatCursor(this.history.newestCursor);
    return joinFrames([encodeFrame({ id, event: 'heartbeat', data: '{}' })]);
  }

  #hasReadAll({ next, awaits, gap }: Subscriber): boolean {
    return next === this.history.next && awaits === undefined && gap === undefined;
  }

  #end(subscriber: Subscriber): void {
    if (subscriber.isBlocked) return this.#cut(subscriber, 'drain');
    this.#remove(subscriber, 'drain');
    subscriber.connection.end();
  }

  #cut(subscriber: Subscriber, reason: 'slow' | 'stalled' | 'drain'): void {
    this.#remove(subscriber, reason);
    subscriber.connection.destroy();
  }

  #remove(subscriber: Subscriber, reason: string): void {
    if (!this.#subscribers.delete(subscriber)) return;
    this.#views.leave(subscriber.view);
    this.#count('sse_disconnects_total', { reason });
    if (this.#subscribers.size === 0) this.#drained?.resolve();
  }
}
