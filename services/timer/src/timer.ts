import type { Logger } from '@quotewire/service';
import type { Bus, Follower, LogEntry } from '@quotewire/bus';
import { timerChanged, timerLog, type TimerState } from '@quotewire/events';
import { intervalSecondsOf, type Source } from '@quotewire/sources';
import { type RequestedRun, requestScrape } from './request-scrape.ts';
import { nextSlot } from './schedule.ts';

const DEFAULT_INTERVAL_SECONDS = 60;

export interface TimerOptions {
  bus: Bus;
  sources: readonly Source[];
  /** Starts by itself unless it was stopped. */
  autostart: boolean;
  logger: Logger;
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

/** Asks for each enabled source when it's due. Whether it runs is read from `timer.log`, so that it survives a restart. */
export class Timer {
  readonly #options: TimerOptions;
  readonly #enabled: readonly Source[];
  readonly #dueAt = new Map<string, number>();
  readonly #lastTickAt = new Map<string, number>();
  readonly #ticking = new Set<Promise<unknown>>();
  #state: TimerState = { state: 'stopped', intervalSeconds: DEFAULT_INTERVAL_SECONDS };
  #wasTold = false;
  #isCaughtUp = false;
  #alarm: NodeJS.Timeout | undefined;
  #follower: Follower | undefined;

  constructor(options: TimerOptions) {
    this.#options = options;
    this.#enabled = options.sources.filter(({ enabled }) => enabled);
  }

  /** Learns its state from the log, and begins to tick if it's running. */
  async open(): Promise<void> {
    const { bus, autostart } = this.#options;
    this.#follower = bus.follow(timerLog, (entry) => this.#onTimerChanged(entry));
    await this.#follower.caughtUp;
    this.#isCaughtUp = true;
    if (autostart && !this.#wasTold) await this.start({});
    else this.#schedule();
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
    return Promise.all(sources.map((source) => this.#request(source)));
  }

  view({ state, intervalSeconds }: TimerState = this.#state): TimerView {
    const nowMs = Date.now();
    const sources = this.#options.sources.map((source) => ({
      name: source.name,
      enabled: source.enabled,
      intervalSeconds: source.intervalSeconds ?? null,
      nextTickAt:
        state === 'running' && source.enabled
          ? timeOf(nextSlot(nowMs, intervalSecondsOf(source, intervalSeconds) * 1_000))
          : null,
      lastTickAt: timeOf(this.#lastTickAt.get(source.name)),
    }));
    const [nextTickAt = null] = sources.flatMap((source) => source.nextTickAt ?? []).sort();
    return { state, intervalSeconds, nextTickAt, sources };
  }

  /** Ticks no more, and waits for the tick in hand. Idempotent. */
  async close(): Promise<void> {
    clearTimeout(this.#alarm);
    this.#isCaughtUp = false;
    await this.#follower?.close();
    await Promise.all(this.#ticking);
  }

  async #change(state: TimerState): Promise<TimerView> {
    const event = await this.#options.bus.publish(timerChanged, state);
    return this.view(event.data);
  }

  #onTimerChanged({ event }: LogEntry<typeof timerChanged>): void {
    if (event === undefined) return;
    this.#wasTold = true;
    this.#state = event.data;
    if (!this.#isCaughtUp) return;
    this.#options.logger.info(event.data, 'the timer was changed');
    // whoever starts it wants to see something at once
    if (event.data.state === 'running') this.#tickAsDue(this.#enabled);
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#alarm);
    this.#dueAt.clear();
    if (this.#state.state === 'stopped') return;
    for (const source of this.#enabled) this.#plan(source);
    this.#setAlarm();
  }

  #plan(source: Source): void {
    const intervalMs = intervalSecondsOf(source, this.#state.intervalSeconds) * 1_000;
    this.#dueAt.set(source.name, nextSlot(Date.now(), intervalMs));
  }

  #setAlarm(): void {
    if (this.#dueAt.size === 0) return;
    const waitMs = Math.min(...this.#dueAt.values()) - Date.now();
    this.#alarm = setTimeout(() => {
      const due = this.#enabled.filter(
        ({ name }) => (this.#dueAt.get(name) ?? Infinity) <= Date.now(),
      );
      this.#tickAsDue(due);
      for (const source of due) this.#plan(source);
      this.#setAlarm();
    }, waitMs);
  }

  #tickAsDue(sources: readonly Source[]): void {
    for (const source of sources) {
      const work = this.#request(source)
        .catch((err: unknown) =>
          this.#options.logger.error({ source: source.name, err }, 'a tick was lost'),
        )
        .finally(() => this.#ticking.delete(work));
      this.#ticking.add(work);
    }
  }

  async #request(source: Source): Promise<RequestedRun> {
    const nowMs = Date.now();
    const intervalSeconds = intervalSecondsOf(source, this.#state.intervalSeconds);
    const run = await requestScrape(this.#options.bus, { source, intervalSeconds, nowMs });
    this.#lastTickAt.set(source.name, nowMs);
    return run;
  }
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
