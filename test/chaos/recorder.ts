import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, deadLetterQueueName } from '@quotewire/bus';
import { drainQueue } from '@quotewire/testing';
import { done, evenRecorded, history, jobs, oddRecorded, requested } from './topology.ts';

/** Numbers on their way at once, so that each fault meets many. */
const NUMBERS_IN_FLIGHT = 150;
const BURST_EVERY_MS = 300;
const JOB_EVERY_MS = 20;

/** Publishes numbered events and jobs past all faults, and keeps what was confirmed and what arrived. */
export interface Recorder {
  readonly confirmed: readonly number[];
  readonly requested: readonly number[];
  readonly read: readonly (readonly number[])[];
  readonly done: readonly number[];
  /** Jobs done at a later attempt. */
  readonly doneLater: number;
  readonly deadLetters: ReadonlySet<number>;
  readonly gaps: number;
  /** Jobs that were published, whether they were confirmed or not, and aren't known to have a result. */
  pendingJobs(): number[];
  /** Learns of dead letters that are new. */
  readDeadLetters(url: string): Promise<void>;
  /** Publishes no more; resolves when nothing is on its way. */
  stop(): Promise<void>;
}

export function record({
  publisher,
  followers,
}: {
  publisher: Bus;
  followers: readonly Bus[];
}): Recorder {
  const stopping = new AbortController();
  const { signal } = stopping;
  const confirmed: number[] = [];
  const jobsConfirmed: number[] = [];
  const read = followers.map((): number[] => []);
  const doneBy = followers.map((): number[] => []);
  const deadLetters = new Set<number>();
  let doneLater = 0;
  let gaps = 0;
  let jobsPublished = 0;

  for (const [index, bus] of followers.entries()) {
    bus.follow(
      history,
      ({ event }) => {
        if (event === undefined) return;
        if (event.type !== done.type) read[index]?.push(event.data.n);
        else {
          doneBy[index]?.push(event.data.n);
          if (index === 0 && event.data.isRepeat) doneLater += 1;
        }
      },
      { onGap: () => (gaps += 1) },
    );
  }

  async function keepRecording(): Promise<void> {
    const inFlight = new Set<Promise<void>>();
    for (let n = 0; !signal.aborted;) {
      while (inFlight.size < NUMBERS_IN_FLIGHT) {
        const number = n;
        // n.b. one that isn't confirmed may have arrived or not, and nothing is claimed of it
        const publishing = publisher
          .publish(n % 2 === 0 ? evenRecorded : oddRecorded, { n })
          .then(
            () => void confirmed.push(number),
            () => {},
          )
          .finally(() => inFlight.delete(publishing));
        inFlight.add(publishing);
        n += 1;
      }
      await delay(BURST_EVERY_MS);
    }
    await Promise.all(inFlight);
  }

  async function keepRequesting(): Promise<void> {
    const inFlight = new Set<Promise<void>>();
    for (; !signal.aborted; jobsPublished += 1) {
      const n = jobsPublished;
      const publishing = publisher
        .publish(requested, { n })
        .then(
          () => void jobsConfirmed.push(n),
          () => {},
        )
        .finally(() => inFlight.delete(publishing));
      inFlight.add(publishing);
      if (inFlight.size >= NUMBERS_IN_FLIGHT) await Promise.race(inFlight);
      await delay(JOB_EVERY_MS);
    }
    await Promise.all(inFlight);
  }

  const publishing = Promise.all([keepRecording(), keepRequesting()]);
  return {
    confirmed,
    requested: jobsConfirmed,
    read,
    done: doneBy[0] ?? [],
    get doneLater() {
      return doneLater;
    },
    deadLetters,
    get gaps() {
      return gaps;
    },
    pendingJobs() {
      const known = new Set([...(doneBy[0] ?? []), ...deadLetters]);
      return Array.from({ length: jobsPublished + 1 }, (_, n) => n).filter((n) => !known.has(n));
    },
    async readDeadLetters(url) {
      for (const { body } of await drainQueue(url, deadLetterQueueName(jobs))) {
        deadLetters.add((JSON.parse(body.toString()) as { data: { n: number } }).data.n);
      }
    },
    async stop() {
      stopping.abort();
      await publishing;
    },
  };
}
