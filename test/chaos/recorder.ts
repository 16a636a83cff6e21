import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, deadLetterQueueName } from '@quotewire/bus';
import { drainQueue, eventually } from '@quotewire/testing';
import { done, evenRecorded, history, jobs, oddRecorded, requested } from './topology.ts';

/** Limits the unconfirmed events; there are many, so that each fault affects some. */
const NUMBERS_IN_FLIGHT = 150;
const BURST_EVERY_MS = 300;
const JOB_EVERY_MS = 20;
/** Longer than a cluster takes to have a majority again. */
const CONFIRM_DEADLINE_MS = 180_000;

/** Publishes numbered events and jobs during all faults, and records what was confirmed and received. */
export interface Recorder {
  /** How many numbers were published, confirmed or not. */
  readonly attempted: number;
  /** How many jobs were published, confirmed or not. */
  readonly jobsAttempted: number;
  readonly confirmed: readonly number[];
  readonly requested: readonly number[];
  readonly read: readonly (readonly number[])[];
  readonly done: readonly number[];
  /** The number of jobs that succeeded in a retry. */
  readonly doneInRetry: number;
  readonly deadLetters: ReadonlySet<number>;
  readonly gaps: number;
  /** Returns the published jobs without a known result, confirmed or not. */
  pendingJobs(): number[];
  /** Reads new dead letters. */
  readDeadLetters(url: string): Promise<void>;
  /** Resolves once a number that was published after the call is confirmed, or after three minutes without one. */
  untilConfirming(): Promise<void>;
  /** Returns the longest time without a confirm since the last call, in milliseconds. */
  longestPauseMs(): number;
  /** Stops publishing; resolves when nothing is in flight. */
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
  let doneInRetry = 0;
  let gaps = 0;
  let numbersPublished = 0;
  let jobsPublished = 0;
  let newestConfirmed = -1;
  let confirmedAt = performance.now();
  let pauseMs = 0;

  function onConfirm(number: number): void {
    confirmed.push(number);
    newestConfirmed = Math.max(newestConfirmed, number);
    pauseMs = Math.max(pauseMs, performance.now() - confirmedAt);
    confirmedAt = performance.now();
  }

  for (const [index, bus] of followers.entries()) {
    bus.follow(
      history,
      ({ event }) => {
        if (event === undefined) return;
        if (event.type !== done.type) read[index]?.push(event.data.n);
        else {
          doneBy[index]?.push(event.data.n);
          if (index === 0 && event.data.isRepeat) doneInRetry += 1;
        }
      },
      { onGap: () => (gaps += 1) },
    );
  }

  async function keepRecording(): Promise<void> {
    const inFlight = new Set<Promise<void>>();
    while (!signal.aborted) {
      while (inFlight.size < NUMBERS_IN_FLIGHT) {
        const number = numbersPublished;
        // an unconfirmed event may have reached the log or not, so that it isn't checked
        const publishing = publisher
          .publish(number % 2 === 0 ? evenRecorded : oddRecorded, { n: number })
          .then(
            () => onConfirm(number),
            () => {},
          )
          .finally(() => inFlight.delete(publishing));
        inFlight.add(publishing);
        numbersPublished += 1;
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
    get doneInRetry() {
      return doneInRetry;
    },
    deadLetters,
    get attempted() {
      return numbersPublished;
    },
    get jobsAttempted() {
      return jobsPublished;
    },
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
    async untilConfirming() {
      const next = numbersPublished;
      await eventually(() => newestConfirmed >= next, {
        what: 'the broker confirms again',
        timeoutMs: CONFIRM_DEADLINE_MS,
      }).catch(() => {});
    },
    longestPauseMs() {
      const longest = Math.max(pauseMs, performance.now() - confirmedAt);
      pauseMs = 0;
      confirmedAt = performance.now();
      return longest;
    },
    async stop() {
      stopping.abort();
      await publishing;
    },
  };
}
