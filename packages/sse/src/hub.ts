import type { Connection } from './connection.ts';
import type { SseCount } from './counters.ts';
import { Deliveries } from './deliveries.ts';
import { formatCursor } from './cursor.ts';
import { type Filter, NO_FILTER } from './filter.ts';
import type { HistoryEntry, HubEntry } from './entry.ts';
import { startHeartbeats } from './heartbeats.ts';
import { History } from './history.ts';
import type { NewestSearch } from './newest-search.ts';
import type { FrameBatch } from './frame.ts';
import { createGapFrame, createPreamble } from './hub-frames.ts';
import { type Gap, resumeAfter, resolveStart, type Start } from './resume-point.ts';
import { FanOutScheduler } from './fan-out-scheduler.ts';
import { Subscriber } from './subscriber.ts';
import { refuse } from './refuse.ts';
import { FilterPool } from './filtered-history.ts';

export interface HubOptions {
  /** Memory held for replay, in bytes; a burst may use twice as much. */
  historyMaxBytes: number;
  /** Interval of heartbeats to subscribers that are caught up. Default 15,000. */
  sseHeartbeatMs?: number;
  /** Whether an entry counts towards the newest entries that a subscriber asks for. Default: all that are shown. */
  isCounted?: (entry: HistoryEntry) => boolean;
  /** Whether the log may have newer entries that can't arrive now, as while its connection is lost. Default: never. */
  isBehind?: () => boolean;
  count?: SseCount;
  /** Receives the time from the publication of an entry until all subscribers whose sockets had room were sent it, in seconds. Called only for entries with `publishedAtMs`, and not without subscribers. */
  onDelivered?: (seconds: number) => void;
}

export interface SubscribeOptions {
  /** Default: all entries. */
  filter?: Filter | undefined;
  address?: string | undefined;
  /** Whether the log is sent in full: with comments, and with hidden entries as `hidden` events. Default false. */
  inFull?: boolean;
}

/** How long the hub waits for the entry of a cursor that's ahead of this process. */
const AHEAD_MS = 2_000;
/** Bytes whose write costs as much as one comparison. */
const BYTES_PER_COST = 1_024;

/** Fans one history out to any number of subscribers: replay and live are the same read. */
export class Hub {
  readonly history: History;
  readonly #isCounted: (entry: HistoryEntry) => boolean;
  readonly #isBehind: () => boolean;
  readonly #count: SseCount;
  readonly #subscribers = new Set<Subscriber>();
  readonly #filters: FilterPool;
  readonly #scheduler: FanOutScheduler<Subscriber>;
  readonly #stopHeartbeats: () => void;
  readonly #deliveries: Deliveries;
  #drained: PromiseWithResolvers<void> | undefined;
  #bytesSent = 0;

  constructor({
    historyMaxBytes,
    sseHeartbeatMs = 15_000,
    isCounted = () => true,
    isBehind = () => false,
    count = () => {},
    onDelivered = () => {},
  }: HubOptions) {
    this.history = new History({ maxBytes: historyMaxBytes });
    this.#isCounted = isCounted;
    this.#isBehind = isBehind;
    this.#count = count;
    this.#filters = new FilterPool({ history: this.history });
    this.#deliveries = new Deliveries(onDelivered);
    this.#scheduler = new FanOutScheduler({
      all: this.#subscribers,
      serve: (subscriber) => this.#serve(subscriber),
      onRound: () => {
        this.#filters.forget();
        this.#deliveries.begin();
      },
      onRoundEnd: () => {
        this.#trimHistory();
        this.#deliveries.end({ isSent: this.#subscribers.size > 0 });
      },
      onTurnEnd: ({ isIdle }) => {
        this.#countBytes();
        if (isIdle) this.#filters.forget();
      },
    });
    this.#stopHeartbeats = startHeartbeats({
      history: this.history,
      subscribers: this.#subscribers,
      intervalMs: sseHeartbeatMs,
      write: (subscriber, batch) => this.#writeOwn(subscriber, batch),
      // a heartbeat is in the way of repetitions
      onSent: () => this.#filters.beginEpoch(this.history.next),
      onStalled: (subscriber) => this.#disconnect(subscriber, 'stalled'),
    });
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  get isDraining(): boolean {
    return this.#drained !== undefined;
  }

  /** Appends the log's next entry. Entries of one turn of the event loop go out in one write per subscriber. */
  append(entry: HubEntry): void {
    this.history.append(entry);
    if (entry.publishedAtMs !== undefined) this.#deliveries.add(entry.publishedAtMs);
    this.#scheduler.markDirty();
  }

  /** Starts a new history after a break in the log, and sends a gap to every subscriber. */
  interrupt(reason: 'expired' | 'other-log'): void {
    for (const subscriber of this.#subscribers) {
      // a subscriber that awaits its cursor or searches replaces this gap when it resolves its start
      subscriber.gap ??= { from: formatCursor(this.history.cursorBefore(subscriber.next)), reason };
      subscriber.next = this.history.next;
    }
    this.history.clear();
  }

  /** Serves a connection until it closes, with the entries that the filter accepts. The address bounds the distinct filters of one client. */
  subscribe(
    connection: Connection,
    start: Start,
    { filter = NO_FILTER, address, inFull = false }: SubscribeOptions = {},
  ): void {
    const filtered = this.isDraining
      ? undefined
      : this.#filters.acquire(filter, { address, inFull });
    if (filtered === undefined) {
      const reason = this.isDraining ? 'drain' : 'filters';
      return refuse(connection, { reason, count: this.#count });
    }
    const point = resolveStart(start, this.history);
    const subscriber = new Subscriber({ connection, filtered, address }, point);
    this.#subscribers.add(subscriber);
    this.#count('sse_connections_total', {});
    connection.onDrain(() => {
      subscriber.unblock();
      this.#scheduler.schedule(subscriber);
    });
    connection.onClose(() => this.#remove(subscriber, 'client'));
    if (subscriber.search === undefined) this.#writePreamble(subscriber);
    if (subscriber.awaits !== undefined) {
      setTimeout(() => this.#giveUpWaiting(subscriber), AHEAD_MS);
    }
    this.#scheduler.schedule(subscriber);
  }

  /** Ends each stream at a random moment within a window, to spread reconnects. Resolves when all are closed. */
  async drain(windowMs: number): Promise<void> {
    if (this.#drained === undefined) {
      this.#drained = Promise.withResolvers();
      this.#stopHeartbeats();
      for (const subscriber of this.#subscribers) {
        setTimeout(() => this.#end(subscriber, 'drain'), Math.random() * windowMs);
      }
      if (this.#subscribers.size === 0) this.#drained.resolve();
    }
    await this.#drained.promise;
  }

  #giveUpWaiting(subscriber: Subscriber): void {
    if (subscriber.awaits === undefined || !this.#subscribers.has(subscriber)) return;
    // the browser reconnects with its cursor, here or to a process that has the entry
    if (this.#isBehind()) return this.#end(subscriber, 'behind');
    const gap: Gap = { from: formatCursor(subscriber.awaits), reason: 'unknown' };
    subscriber.moveTo({ next: this.history.next, gap });
    this.#scheduler.schedule(subscriber);
  }

  /** Writes the next batch. Returns the cost in comparisons. */
  #serve(subscriber: Subscriber): number {
    if (subscriber.isBlocked || !this.#subscribers.has(subscriber)) return 0;
    if (subscriber.search !== undefined) return this.#search(subscriber, subscriber.search);
    if (subscriber.awaits !== undefined) {
      subscriber.moveTo(resumeAfter(subscriber.awaits, this.history));
      if (subscriber.awaits !== undefined) return 0;
    }
    if (subscriber.gap !== undefined && !this.#writeGap(subscriber, subscriber.gap)) return 0;
    if (subscriber.next >= this.history.next) return 0;
    if (subscriber.next < this.history.oldest) {
      this.#disconnect(subscriber, 'slow');
      return 0;
    }
    const { filtered, connection } = subscriber;
    const { batch, next, hasMore, cost } = connection.isCompressed
      ? filtered.readCompressed(subscriber.next, subscriber)
      : filtered.readFrom(subscriber.next);
    subscriber.next = next;
    if (batch !== undefined) this.#write(subscriber, batch);
    if (hasMore) this.#scheduler.schedule(subscriber);
    return cost + (batch?.frames.byteLength ?? 0) / BYTES_PER_COST;
  }

  /** Continues the search for the subscriber's start. Returns the cost in comparisons. */
  #search(subscriber: Subscriber, search: NewestSearch): number {
    const { filtered } = subscriber;
    const isCounted = (entry: HistoryEntry) => filtered.shows(entry) && this.#isCounted(entry);
    const examined = search.step({ maxEntries: filtered.maxEntries, isCounted });
    if (search.found !== undefined) {
      subscriber.moveTo({ next: search.found });
      this.#writePreamble(subscriber);
    }
    this.#scheduler.schedule(subscriber);
    return examined * filtered.entryCost;
  }

  /** Retains a burst until live subscribers have read it. */
  #trimHistory(): void {
    if (!this.history.isFull) return;
    let keepFrom = this.history.next;
    for (const { isBlocked, awaits, next } of this.#subscribers) {
      if (!isBlocked && awaits === undefined && next < keepFrom) keepFrom = next;
    }
    this.history.trim({ keepFrom });
  }

  /** Returns whether the gap was written: after an interruption the gap has no end until the next entry. */
  #writeGap(subscriber: Subscriber, gap: Gap): boolean {
    if (this.history.next === this.history.oldest) return false;
    this.#writeOwn(subscriber, createGapFrame(gap, this.history.cursorBefore(subscriber.next)));
    this.#count('sse_gaps_total', { reason: gap.reason });
    subscriber.gap = undefined;
    return true;
  }

  #writePreamble(subscriber: Subscriber): void {
    this.#writeOwn(subscriber, createPreamble(subscriber, this.history));
  }

  #write(subscriber: Subscriber, batch: FrameBatch): void {
    subscriber.write(batch);
    this.#bytesSent += batch.frames.byteLength;
  }

  #writeOwn(subscriber: Subscriber, batch: FrameBatch): void {
    this.#bytesSent += subscriber.writeOwn(batch).frames.byteLength;
  }

  #countBytes(): void {
    if (this.#bytesSent > 0) this.#count('sse_bytes_sent_total', {}, this.#bytesSent);
    this.#bytesSent = 0;
  }

  #end(subscriber: Subscriber, reason: 'drain' | 'behind'): void {
    if (subscriber.isBlocked) return this.#disconnect(subscriber, reason);
    if (subscriber.search !== undefined) this.#writePreamble(subscriber);
    this.#remove(subscriber, reason);
    subscriber.connection.end();
  }

  #disconnect(subscriber: Subscriber, reason: 'slow' | 'stalled' | 'drain' | 'behind'): void {
    this.#remove(subscriber, reason);
    subscriber.connection.destroy();
  }

  #remove(subscriber: Subscriber, reason: string): void {
    if (!this.#subscribers.delete(subscriber)) return;
    this.#filters.release(subscriber.filtered, subscriber.address);
    this.#count('sse_disconnects_total', { reason });
    if (this.#subscribers.size === 0) this.#drained?.resolve();
  }
}
