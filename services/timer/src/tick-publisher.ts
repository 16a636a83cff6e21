import type { Bus } from '@quotewire/bus';
import { timerTicked } from '@quotewire/events';
import { intervalSecondsOf } from '@quotewire/sources';
import type { DueTick } from './plan.ts';
import { type RequestedRun, requestScrape } from './request-scrape.ts';

/** Publishes the job of a tick, and then the tick itself to `timer.log`. */
export class TickPublisher {
  readonly #bus: Bus;
  readonly #timerIntervalSeconds: () => number;
  /** Runs whose job is confirmed, and whose tick is not. */
  readonly #requested = new WeakMap<DueTick, Awaited<ReturnType<typeof requestScrape>>>();

  constructor({
    bus,
    timerIntervalSeconds,
  }: {
    bus: Bus;
    /** Returns the current interval of sources without one of their own. */
    timerIntervalSeconds: () => number;
  }) {
    this.#bus = bus;
    this.#timerIntervalSeconds = timerIntervalSeconds;
  }

  /**
   * Resolves once the broker has confirmed the job and its record, in this order: after a takeover, a
   * duplicate tick beats a lost one. A retry with the same tick publishes a confirmed job only once.
   */
  async publish(tick: DueTick): Promise<RequestedRun> {
    const { source, slotMs } = tick;
    const intervalSeconds = intervalSecondsOf(source, this.#timerIntervalSeconds());
    let requested = this.#requested.get(tick);
    requested ??= await requestScrape(this.#bus, { source, intervalSeconds, nowMs: Date.now() });
    this.#requested.set(tick, requested);
    const { run, job } = requested;
    const slot = new Date(slotMs).toISOString();
    const ticked = { source: source.name, runId: run.runId, slot };
    await this.#bus.publish(timerTicked, ticked, { cause: job });
    return run;
  }
}
