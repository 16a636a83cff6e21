import type { Logger } from '@quotewire/service';
import type { Bus, DataOf, Follower, LogEntry } from '@quotewire/bus';
import { timerChanged, timerLog, type TimerState, timerTicked } from '@quotewire/events';
import { intervalSecondsOf, type Source } from '@quotewire/sources';
import { Leadership } from './leadership.ts';
import { type RequestedRun, requestScrape } from './request-scrape.ts';
import { nextRun, type PlannedRun } from './schedule.ts';

const DEFAULT_INTERVAL_SECONDS = 60;

export interface TimerOptions {
  bus: Bus;
  sources: readonly Source[];
  /** Starts by itself unless it was stopped. */
  autostart: boolean;
  logger: Logger;
  /** Called when a slot was used twice, by this timer and another. */
  onRepeatedSlot: () => void;
}

/** What people see of the timer; times are RFC 3339, UTC. */
export interface TimerView extends TimerState {
  readonly nextTickAt: string | null;
  readonly sources: readonly {
    readonly name: string;
    readonly enabled: boolean;
    readonly intervalSeconds: number | null;
    readonly nextTickAt: string | null;
    readonly lastTickAt: string | null;
  }[];
}

/**
 * Asks for each enabled source when it's due. Whether it runs, and what was asked for, is read from
 * `timer.log`, so that all timers know and a restart changes nothing; only the leader ticks.
 */
export class Timer {
  readonly #options: TimerOptions;
  readonly #enabled: readonly Source[];
  readonly #planned = new Map<string, PlannedRun>();
  /** The last slot of each source that's in the log. */
  readonly #lastSlot = new Map<string, number>();
  readonly #ticking = new Set<Promise<unknown>>();
  #state: TimerState = { state: 'stopped', intervalSeconds: DEFAULT_INTERVAL_SECONDS };
  #wasTold = false;
  #isCaughtUp = false;
  #isLeader = false;
  #alarm: NodeJS.Timeout | undefined;
  #follower: Follower | undefined;
  #leadership: Leadership | undefined;

  constructor(options: TimerOptions) {
    this.#options = options;
    this.#enabled = options.sources.filter(({ enabled }) => enabled);
  }

  /** Learns its state from the log, and ticks whenever it's running and this is the leader. */
  async open(): Promise<void> {
    const { bus, autostart, logger } = this.#options;
    this.#follower = bus.follow(timerLog, (entry) => this.#onEntry(entry));
    await this.#follower.caughtUp;
    this.#isCaughtUp = true;
    this.#leadership = new Leadership({
      bus,
      logger,
      onChange: (isLeader) => {
        this.#isLeader = isLeader;
        this.#schedule();
      },
    });
    if (autostart && !this.#wasTold) await this.start({});
  }

  /** Resolves once the broker has the change. */
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

  /** Asks for sources now; resolves once the broker has the jobs. */
  async tick(sources: readonly Source[] = this.#enabled): Promise<RequestedRun[]> {
    return Promise.all(sources.map((source) => this.#request(source, Date.now())));
  }

  view({ state, intervalSeconds }: TimerState = this.#state): TimerView {
    const nowMs = Date.now();
    const sources = this.#options.sources.map((source) => ({
      name: source.name,
      enabled: source.enabled,
      intervalSeconds: source.intervalSeconds ?? null,
      nextTickAt:
        state === 'running' && source.enabled
          ? timeOf(this.#nextRun(source, { nowMs, intervalSeconds }).dueMs)
          : null,
      lastTickAt: timeOf(this.#lastSlot.get(source.name)),
    }));
    const [nextTickAt = null] = sources.flatMap((source) => source.nextTickAt ?? []).sort();
    return { state, intervalSeconds, nextTickAt, sources };
  }

  /** Ticks no more, and waits for the tick in hand. Idempotent. */
  async close(): Promise<void> {
    this.#isCaughtUp = false;
    clearTimeout(this.#alarm);
    await this.#leadership?.close();
    await this.#follower?.close();
    await Promise.all(this.#ticking);
  }

  async #change(state: TimerState): Promise<TimerView> {
    const event = await this.#options.bus.publish(timerChanged, state);
    return this.view(event.data);
  }

  #onEntry({ event }: LogEntry<typeof timerChanged | typeof timerTicked>): void {
    if (event?.type === timerTicked.type) this.#onTicked(event.data);
    else if (event?.type === timerChanged.type) this.#onChanged(event.data);
  }

  #onTicked({ source, slot }: DataOf<typeof timerTicked>): void {
    const slotMs = Date.parse(slot);
    // two timers led at once, for a moment
    if (this.#isCaughtUp && this.#lastSlot.get(source) === slotMs) this.#options.onRepeatedSlot();
    this.#lastSlot.set(source, slotMs);
  }

  #onChanged(state: TimerState): void {
    this.#wasTold = true;
    this.#state = state;
    if (!this.#isCaughtUp) return;
    this.#options.logger.info(state, 'the timer was changed');
    // whoever starts it wants to see something at once
    const nowMs = Date.now();
    const ticksAtOnce = state.state === 'running' && this.#isLeader;
    if (ticksAtOnce) for (const source of this.#enabled) this.#tickAt(source, nowMs);
    this.#schedule(ticksAtOnce ? { usedSlotMs: nowMs } : {});
  }

  /** `usedSlotMs` is one that isn't in the log yet. */
  #schedule({ usedSlotMs = 0 } = {}): void {
    clearTimeout(this.#alarm);
    this.#planned.clear();
    if (this.#state.state === 'stopped' || !this.#isLeader || !this.#isCaughtUp) return;
    for (const source of this.#enabled) this.#plan(source, usedSlotMs);
    this.#setAlarm();
  }

  #plan(source: Source, usedSlotMs: number): void {
    const { intervalSeconds } = this.#state;
    const options = { nowMs: Date.now(), intervalSeconds, usedSlotMs };
    this.#planned.set(source.name, this.#nextRun(source, options));
  }

  #nextRun(
    source: Source,
    {
      nowMs,
      intervalSeconds,
      usedSlotMs = 0,
    }: { nowMs: number; intervalSeconds: number; usedSlotMs?: number },
  ): PlannedRun {
    const lastSlotMs = Math.max(this.#lastSlot.get(source.name) ?? 0, usedSlotMs);
    return nextRun(source, { nowMs, timerIntervalSeconds: intervalSeconds, lastSlotMs });
  }

  #setAlarm(): void {
    if (this.#planned.size === 0) return;
    const dueMs = Math.min(...[...this.#planned.values()].map((run) => run.dueMs));
    this.#alarm = setTimeout(() => {
      const nowMs = Date.now();
      for (const source of this.#enabled) {
        const run = this.#planned.get(source.name);
        if (run === undefined || run.dueMs > nowMs) continue;
        this.#tickAt(source, run.slotMs);
        this.#plan(source, run.slotMs);
      }
      this.#setAlarm();
    }, dueMs - Date.now());
  }

  #tickAt(source: Source, slotMs: number): void {
    const work = this.#request(source, slotMs)
      .catch((err: unknown) => {
        this.#options.logger.error({ source: source.name, err }, 'a tick was lost');
      })
      .finally(() => this.#ticking.delete(work));
    this.#ticking.add(work);
  }

  /** The job first and its record then: who takes over rather ticks twice than not at all. */
  async #request(source: Source, slotMs: number): Promise<RequestedRun> {
    const { bus } = this.#options;
    const intervalSeconds = intervalSecondsOf(source, this.#state.intervalSeconds);
    const run = await requestScrape(bus, { source, intervalSeconds, nowMs: Date.now() });
    const slot = new Date(slotMs).toISOString();
    await bus.publish(timerTicked, { source: source.name, runId: run.runId, slot });
    return run;
  }
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
