import type { ReceivedQuote } from './subscriber.ts';

/** The records of a run. */
export interface Histories {
  /** Numbers that the broker confirmed. */
  readonly confirmed: readonly number[];
  /** The numbers that each follower read, in the order of reading. */
  readonly read: readonly (readonly number[])[];
  /** The number of gaps that followers reported. */
  readonly gaps: number;
  /** Jobs that the broker confirmed. */
  readonly requested: readonly number[];
  /** Jobs whose completion is in the log, in log order. */
  readonly done: readonly number[];
  /** Jobs in the dead-letter queue. */
  readonly deadLetters: ReadonlySet<number>;
  /** Jobs that had no result when their queue was deleted. */
  readonly jobsInDeletedQueues: ReadonlySet<number>;
  /** The site has the quotes 1 to this number. */
  readonly newestQuote: number;
  /** Quotes that some subscriber lacked when the queue of pages was deleted. */
  readonly quotesInDeletedQueues: ReadonlySet<number>;
  /** What each subscriber received, in the order of arrival. */
  readonly subscribers: readonly {
    readonly quotes: readonly ReceivedQuote[];
    readonly gaps: readonly string[];
  }[];
  /** Whether the timer used consecutive slots after the last fault. */
  readonly ticksAgain: boolean;
  /** Services that did not exit cleanly on SIGTERM. */
  readonly badExits: readonly string[];
}

/** Counts that must be 0. */
export interface Failures {
  readonly confirmedButNeverDelivered: number;
  readonly outOfOrder: number;
  readonly gaps: number;
  readonly jobsWithoutResult: number;
  readonly quotesNeverOnTheStream: number;
  readonly quotesOutOfOrder: number;
  readonly quotesTwiceOnTheStream: number;
  readonly gapsOnTheStream: number;
  /** 1 if the timer did not resume. */
  readonly timersStopped: number;
  readonly badExits: number;
}

/** Counts that faults may increase. */
export interface Costs {
  /** Resent because a confirm was missing. */
  readonly deliveredTwice: number;
  /** Redelivered because the worker or its connection died before the acknowledgement. */
  readonly jobsDoneTwice: number;
  readonly jobsLostWithTheirQueue: number;
  /** The job of a page that shows them was in a deleted queue. */
  readonly quotesLostWithTheirQueue: number;
}

export interface Verdict {
  readonly failures: Failures;
  readonly costs: Costs;
}

/** Compares the confirmed events and the quotes of the site with what was received. */
export function check(histories: Histories): Verdict {
  const { confirmed, read, gaps, requested, done, deadLetters, subscribers } = histories;
  const results = new Set([...done, ...deadLetters]);
  const [jobsLost, jobsWithoutResult] = split(
    requested.filter((n) => !results.has(n)),
    histories.jobsInDeletedQueues,
  );
  const site = Array.from({ length: histories.newestQuote }, (_, index) => index + 1);
  const streams = subscribers.map(({ quotes }) => quotes);
  const [quotesLost, quotesMissing] = split(
    streams.flatMap((quotes) => missingIn(numbersOf(quotes), site)),
    histories.quotesInDeletedQueues,
  );
  return {
    failures: {
      confirmedButNeverDelivered: sum(read, (numbers) => missingIn(numbers, confirmed).length),
      // a resent event counts at its first position
      outOfOrder: sum(read, (numbers) => descentsIn([...new Set(numbers)])),
      gaps,
      jobsWithoutResult,
      quotesNeverOnTheStream: quotesMissing,
      quotesOutOfOrder: sum(streams, (quotes) => descentsIn(quotes.map(({ offset }) => offset))),
      quotesTwiceOnTheStream: sum(streams, (quotes) => repeatedIn(numbersOf(quotes))),
      gapsOnTheStream: sum(subscribers, (subscriber) => subscriber.gaps.length),
      timersStopped: histories.ticksAgain ? 0 : 1,
      badExits: histories.badExits.length,
    },
    costs: {
      deliveredTwice: sum(read, repeatedIn),
      jobsDoneTwice: repeatedIn(done),
      jobsLostWithTheirQueue: jobsLost,
      quotesLostWithTheirQueue: quotesLost,
    },
  };
}

/** Whether any failure was counted. */
export function hasFailed({ failures }: Verdict): boolean {
  return Object.values(failures).some((count) => count !== 0);
}

function sum<T>(all: readonly T[], count: (one: T) => number): number {
  return all.reduce((total, one) => total + count(one), 0);
}

/** Counts the missing numbers inside and outside deleted queues. */
function split(missing: readonly number[], deleted: ReadonlySet<number>): [number, number] {
  const lost = missing.filter((n) => deleted.has(n)).length;
  return [lost, missing.length - lost];
}

function numbersOf(quotes: readonly ReceivedQuote[]): number[] {
  return quotes.map(({ number }) => number);
}

function missingIn(numbers: readonly number[], wanted: readonly number[]): number[] {
  const present = new Set(numbers);
  return wanted.filter((n) => !present.has(n));
}

function descentsIn(numbers: readonly number[]): number {
  return numbers.filter((n, index) => n < (numbers[index - 1] ?? 0)).length;
}

function repeatedIn(numbers: readonly number[]): number {
  return numbers.length - new Set(numbers).size;
}
