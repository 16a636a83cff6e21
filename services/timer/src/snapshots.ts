import { randomUUID } from 'node:crypto';
import type { Bus, DataOf } from '@quotewire/bus';
import { timerSnapshot } from '@quotewire/events';
import type { Logger } from '@quotewire/service';
import type { Source } from '@quotewire/sources';
import type { TimerRecord } from './timer-record.ts';

type Snapshot = DataOf<typeof timerSnapshot>;

/** Fits names of 63 characters into an event of 64 KiB. */
const SOURCES_PER_PART = 400;
/**
 * Far less than a start reads: many entries may precede the next snapshot, and restarts and
 * reconnects write entries too while there is no leader.
 */
const ENTRIES_BETWEEN_SNAPSHOTS = 100;

/** Publishes snapshots of a record, and resolves when this process has read them back. */
export class Snapshots {
  readonly #bus: Bus;
  readonly #record: TimerRecord;
  readonly #sources: () => readonly Source[];
  readonly #logger: Logger;
  readonly #awaited = new Map<string, () => void>();
  #isKeeping = false;

  constructor({
    bus,
    record,
    sources,
    logger,
  }: {
    bus: Bus;
    record: TimerRecord;
    /** Returns the current sources. */
    sources: () => readonly Source[];
    logger: Logger;
  }) {
    this.#bus = bus;
    this.#record = record;
    this.#sources = sources;
    this.#logger = logger;
  }

  /** Publishes a snapshot; resolves once the broker has confirmed it. */
  async publish(id: string = randomUUID()): Promise<void> {
    const { told } = this.#record;
    const slots = this.#sources().flatMap(({ name }) => {
      const slotMs = this.#record.lastSlotMs(name);
      return slotMs === undefined ? [] : { source: name, slot: new Date(slotMs).toISOString() };
    });
    const parts = Math.max(1, Math.ceil(slots.length / SOURCES_PER_PART));
    const publishing = Array.from({ length: parts }, (_, index) =>
      this.#bus.publish(timerSnapshot, {
        id,
        part: index + 1,
        parts,
        ...(told === undefined ? {} : { told: { ...told.state, since: told.since } }),
        lastSlots: slots.slice(index * SOURCES_PER_PART, (index + 1) * SOURCES_PER_PART),
      }),
    );
    await Promise.all(publishing);
  }

  /**
   * Publishes a snapshot once the log has enough entries since the last one, so that a start always
   * reads one. The leader does it, or after twice as many entries any timer.
   */
  keepInLog({ isLeader }: { isLeader: boolean }): void {
    const entries = isLeader ? ENTRIES_BETWEEN_SNAPSHOTS : 2 * ENTRIES_BETWEEN_SNAPSHOTS;
    if (this.#isKeeping || this.#record.entriesSinceSnapshot < entries) return;
    this.#isKeeping = true;
    this.publish()
      .catch((err: unknown) => this.#logger.warn({ err }, 'the snapshot was not published'))
      .finally(() => {
        this.#isKeeping = false;
      });
  }

  /** Publishes a snapshot, and resolves once this process has read the log up to it. Rejects when the signal aborts. */
  async publishAndRead(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const id = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#awaited.set(id, resolve);
    promise.catch(() => {});
    try {
      await this.publish(id);
      await promise;
    } finally {
      this.#awaited.delete(id);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Handles a snapshot from the log. */
  onRead({ id, part, parts }: Snapshot): void {
    if (part === parts) this.#awaited.get(id)?.();
  }
}
