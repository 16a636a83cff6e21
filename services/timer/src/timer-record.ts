import type { DataOf, LogEntry } from '@quotewire/bus';
import { type timerChanged, timerSnapshot, timerTicked, type TimerState } from '@quotewire/events';

export type TimerEvent = typeof timerChanged | typeof timerSnapshot | typeof timerTicked;

/** The last state of the timer, and its place in the log. */
export interface Told {
  readonly state: TimerState;
  /** The offset of its `timer.changed`; -1 when the log no longer has that entry. */
  readonly since: number;
  /** Whether this process read that entry, and not only a snapshot of it. */
  readonly isRead: boolean;
}

/** The effect of an entry on the record. */
export type News = 'told' | 'recalled' | 'repeated-slot' | undefined;

interface UsedSlot {
  readonly slotMs: number;
  readonly isRead: boolean;
}

/**
 * The state of the timer and the last slot of each source, read from `timer.log`.
 *
 * | the record has | then a snapshot | applies |
 * |---|---|---|
 * | a `timer.changed`, which this process has read | of that, or a late one of an older state | no: an entry that was read is never older |
 * | a snapshot | of a later `timer.changed` | yes |
 * | a snapshot | of an earlier one, by a timer that had lost the lead | no |
 * | neither, since the log dropped both | any | yes |
 *
 * The same applies to slots, where a later snapshot replaces an earlier one.
 */
export class TimerRecord {
  readonly #lastSlots = new Map<string, UsedSlot>();
  #told: Told | undefined;
  #hasTickedSinceTold = false;
  #entriesSinceSnapshot = 0;

  get told(): Told | undefined {
    return this.#told;
  }

  /** Whether the timer was started, and no timer has ticked since. */
  get isStartPending(): boolean {
    const isRunning = this.#told?.isRead === true && this.#told.state.state === 'running';
    return isRunning && !this.#hasTickedSinceTold;
  }

  /** The number of entries since the last snapshot of the current state. */
  get entriesSinceSnapshot(): number {
    return this.#entriesSinceSnapshot;
  }

  /** The last used slot of a source; ms since 1970. */
  lastSlotMs(source: string): number | undefined {
    return this.#lastSlots.get(source)?.slotMs;
  }

  /** Reads the log's next entry. */
  read({ offset, event }: LogEntry<TimerEvent>): News {
    this.#entriesSinceSnapshot += 1;
    if (event === undefined) return undefined;
    if (event.type === timerTicked.type) return this.#onTicked(event.data);
    if (event.type === timerSnapshot.type) return this.#onSnapshot(event.data, offset);
    this.#told = { state: event.data, since: offset, isRead: true };
    this.#hasTickedSinceTold = false;
    return 'told';
  }

  /** Handles a gap: entries are missing, or this is another log, so the record may be outdated. */
  skip(): void {
    if (this.#told !== undefined) this.#told = { ...this.#told, since: -1, isRead: false };
    for (const [source, { slotMs }] of this.#lastSlots) {
      this.#lastSlots.set(source, { slotMs, isRead: false });
    }
  }

  #onTicked({ source, slot }: DataOf<typeof timerTicked>): News {
    const slotMs = Date.parse(slot);
    this.#hasTickedSinceTold = true;
    const isRepeated = this.lastSlotMs(source) === slotMs;
    this.#lastSlots.set(source, { slotMs, isRead: true });
    return isRepeated ? 'repeated-slot' : undefined;
  }

  #onSnapshot({ told, lastSlots }: DataOf<typeof timerSnapshot>, offset: number): News {
    for (const { source, slot } of lastSlots) {
      if (this.#lastSlots.get(source)?.isRead) continue;
      this.#lastSlots.set(source, { slotMs: Date.parse(slot), isRead: false });
    }
    if (told?.since === this.#told?.since) this.#entriesSinceSnapshot = 0;
    // a snapshot of a future entry describes a deleted log
    if (told === undefined || this.#told?.isRead || told.since >= offset) return undefined;
    if (this.#told !== undefined && told.since <= this.#told.since) return undefined;
    const { since, ...state } = told;
    this.#told = { state, since, isRead: false };
    this.#entriesSinceSnapshot = 0;
    return 'recalled';
  }
}
