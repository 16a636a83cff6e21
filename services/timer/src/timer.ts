import type { Bus, Follower, LogEntry } from '@quotewire/bus';
import { timerChanged, timerLog, timerSnapshot, type TimerState } from '@quotewire/events';
import type { Logger } from '@quotewire/service';
import type { Source } from '@quotewire/sources';
import { Leadership } from './leadership.ts';
import { mapLimited } from './map-limited.ts';
import { type DueTick, Plan } from './plan.ts';
import type { RequestedRun } from './request-scrape.ts';
import { retryUntil } from './retry-until.ts';
import { Snapshots } from './snapshots.ts';
import { TickPublisher } from './tick-publisher.ts';
import { TickQueue } from './tick-queue.ts';
import { type TimerEvent, TimerRecord } from './timer-record.ts';
import { type TimerView, viewOf } from './timer-view.ts';

const AT_FIRST: TimerState = { state: 'stopped', intervalSeconds: 60 };
/** Limits the concurrent requests of a manual tick. */
const CONCURRENCY = 32;
/**
 * The newest entries of `timer.log` that a start reads, since hosted brokers bill each: five times as
 * many as there are between two snapshots. Without the state among them it reads the larger number.
 */
const ENTRIES_READ = [500, 5_000];

export interface TimerOptions {
  bus: Bus;
  sources: readonly Source[];
  /** Whether the timer starts by itself unless it was stopped. */
  autostart: boolean;
  logger: Logger;
  /** Called when this timer and another used the same slot. */
  onRepeatedSlot: () => void;
  /** Called when a slot passed because the broker refused its tick for too long. */
  onSkippedSlot: () => void;
}

/**
 * Requests a run of each enabled source when it is due. The state and the used slots are read from
 * `timer.log`, so that all timers share them and they survive a restart; only the leader ticks.
 */
export class Timer {
  readonly #options: TimerOptions;
  #sources: readonly Source[];
  #enabled: ReadonlyMap<string, Source>;
  readonly #record = new TimerRecord();
  readonly #snapshots: Snapshots;
  readonly #plan: Plan;
  readonly #queue: TickQueue;
  readonly #publisher: TickPublisher;
  #isCaughtUp = false;
  #isLeader = false;
  #alarm: NodeJS.Timeout | undefined;
  #follower: Follower | undefined;
  #leadership: Leadership | undefined;

  constructor(options: TimerOptions) {
    const { bus, sources, logger, onSkippedSlot: onSkipped } = options;
    this.#options = options;
    this.#sources = sources;
    this.#enabled = enabledOf(sources);
    this.#snapshots = new Snapshots({
      bus,
      record: this.#record,
      sources: () => this.#sources,
      logger,
    });
    this.#publisher = new TickPublisher({
      bus,
      timerIntervalSeconds: () => this.#state.intervalSeconds,
    });
    this.#plan = new Plan([...this.#enabled.values()]);
    this.#queue = new TickQueue({ request: (tick) => this.#requestDue(tick), logger, onSkipped });
  }

  /** The number of due ticks that are not in the work queue. */
  get waitingTicks(): number {
    return this.#queue.size;
  }

  /** Whether this timer ticks while the timer runs; of all timers one leads. */
  get isLeader(): boolean {
    return this.#isLeader;
  }

  get #state(): TimerState {
    return this.#record.told?.state ?? AT_FIRST;
  }

  /** The reasons why the timer isn't ready, a sentence each. */
  problems(): string[] {
    const isAwaited = this.#options.autostart && this.#record.told === undefined;
    return isAwaited ? ['the timer has not started yet, although TIMER_AUTOSTART is set'] : [];
  }

  /** Reads its state from the log, then ticks while it is running and leads. */
  async open(): Promise<void> {
    const { bus, logger } = this.#options;
    for (const newest of ENTRIES_READ) {
      await this.#follower?.close();
      let entries = 0;
      const onEntry = (entry: LogEntry<TimerEvent>) => {
        entries += 1;
        this.#onEntry(entry);
      };
      const onGap = () => this.#record.skip();
      this.#follower = bus.follow(timerLog, onEntry, { newest, onGap });
      await this.#follower.caughtUp;
      if (this.#record.told !== undefined || entries < newest) break;
    }
    this.#isCaughtUp = true;
    this.#leadership = new Leadership({ bus, logger, lead: (lost) => void this.#lead(lost) });
  }

  /** Starts the timer; resolves once the broker has confirmed the change. */
  async start({
    intervalSeconds = this.#state.intervalSeconds,
  }: {
    intervalSeconds?: number;
  }): Promise<TimerView> {
    return this.#change({ state: 'running', intervalSeconds });
  }

  async stop(): Promise<TimerView> {
    return this.#change({ state: 'stopped', intervalSeconds: this.#state.intervalSeconds });
  }

  /** Requests runs of sources now; resolves once the broker has confirmed the jobs. */
  async tick(sources: readonly Source[] = [...this.#enabled.values()]): Promise<RequestedRun[]> {
    const slotMs = Date.now();
    return mapLimited(sources, CONCURRENCY, (source) =>
      this.#publisher.publish({ source, slotMs }),
    );
  }

  /**
   * Replaces the sources. Identical objects keep their plan; while the timer runs, a source that never
   * ran is due at once; a removed source is no longer due.
   */
  replaceSources(sources: readonly Source[]): void {
    const before = this.#enabled;
    this.#sources = sources;
    this.#enabled = enabledOf(sources);
    this.#plan.replace([...this.#enabled.values()]);
    const isRunning = this.#isCaughtUp && this.#isLeader && this.#state.state === 'running';
    for (const source of isRunning ? this.#enabled.values() : []) {
      const isNew = !before.has(source.name) && this.#record.lastSlotMs(source.name) === undefined;
      if (isNew) this.#queue.add(this.#plan.takeOne(source, Date.now()));
    }
    this.#wake();
  }

  view(state: TimerState = this.#state): TimerView {
    return viewOf(state, { sources: this.#sources, record: this.#record, nowMs: Date.now() });
  }

  /** Stops ticking and waits for the ticks in progress. Idempotent. */
  async close(): Promise<void> {
    this.#isCaughtUp = false;
    clearTimeout(this.#alarm);
    await this.#leadership?.close();
    await this.#follower?.close();
    await this.#queue.close();
  }

  async #change(state: TimerState): Promise<TimerView> {
    const event = await this.#options.bus.publish(timerChanged, state);
    return this.view(event.data);
  }

  #onEntry(entry: LogEntry<TimerEvent>): void {
    const news = this.#record.read(entry);
    const { event } = entry;
    if (event?.type === timerSnapshot.type) this.#snapshots.onRead(event.data);
    if (!this.#isCaughtUp) return;
    if (news === 'repeated-slot') this.#options.onRepeatedSlot();
    if (news === 'told') this.#onTold();
    if (news === 'recalled') this.#schedule();
    this.#snapshots.keepInLog({ isLeader: this.#isLeader });
  }

  #onTold(): void {
    this.#options.logger.info(this.#state, 'the timer was changed');
    // a user who starts the timer expects quotes at once
    if (this.#state.state === 'running' && this.#isLeader) this.#tickAll();
    this.#schedule();
  }

  /** Leads until the signal aborts. */
  async #lead(lost: AbortSignal): Promise<void> {
    const { logger, autostart } = this.#options;
    // the last entries of the previous leader may be unread
    await retryUntil(lost, () => this.#snapshots.publishAndRead(lost), logger);
    if (lost.aborted) return;
    this.#isLeader = true;
    lost.addEventListener('abort', () => {
      this.#isLeader = false;
      this.#schedule();
    });
    if (this.#record.isStartPending) this.#tickAll();
    this.#schedule();
    if (!autostart) return;
    const startUnlessTold = async () => {
      if (this.#record.told === undefined) await this.start({});
    };
    await retryUntil(lost, startUnlessTold, logger);
  }

  #tickAll(): void {
    for (const tick of this.#plan.takeAll(Date.now())) this.#queue.add(tick);
  }

  /** Discards the plan after a change, and plans again. */
  #schedule(): void {
    if (this.#isLeader) this.#plan.renew();
    else this.#plan.forget();
    this.#wake();
  }

  #wake(): void {
    clearTimeout(this.#alarm);
    const { state, intervalSeconds } = this.#state;
    if (state === 'stopped' || !this.#isLeader || !this.#isCaughtUp) {
      this.#queue.clear();
      return;
    }
    const due = this.#plan.take({
      nowMs: Date.now(),
      timerIntervalSeconds: intervalSeconds,
      lastSlotMs: ({ name }) => this.#record.lastSlotMs(name),
    });
    for (const tick of due) this.#queue.add(tick);
    this.#alarm = setTimeout(() => this.#wake(), this.#plan.sleepMs(Date.now()));
  }

  /** Requests a tick; its source may have changed or gone while it waited for the broker. */
  async #requestDue(tick: DueTick): Promise<void> {
    const source = this.#enabled.get(tick.source.name);
    if (source === tick.source) await this.#publisher.publish(tick);
    else if (source !== undefined) await this.#publisher.publish({ source, slotMs: tick.slotMs });
  }
}

function enabledOf(sources: readonly Source[]): ReadonlyMap<string, Source> {
  return new Map(sources.filter(({ enabled }) => enabled).map((source) => [source.name, source]));
}
