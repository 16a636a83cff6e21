import type { ReceivedQuote } from './subscriber.ts';

/** What happened in a run. */
export interface Histories {
  /** Numbers that the broker confirmed. */
  readonly confirmed: readonly number[];
  /** The numbers that each follower read, in its order. */
  readonly read: readonly (readonly number[])[];
  /** Gaps that followers were told of. */
  readonly gaps: number;
  /** Jobs that the broker confirmed. */
  readonly requested: readonly number[];
  /** What the log says was done, in its order. */
  readonly done: readonly number[];
  /** Jobs in the dead-letter queue. */
  readonly deadLetters: ReadonlySet<number>;
  /** Jobs that had no result when their queue was deleted. */
  readonly jobsInDeletedQueues: ReadonlySet<number>;
  /** The site has the quotes from 1 up to this one. */
  readonly newestQuote: number;
  /** Quotes that nobody had got when the queue of pages was deleted. */
  readonly quotesInDeletedQueues: ReadonlySet<number>;
  /** What each subscriber got, in its order. */
  readonly subscribers: readonly {
    readonly quotes: readonly ReceivedQuote[];
    readonly gaps: readonly string[];
  }[];
  /** Whether the timer ticked again after the last fault, slot by slot. */
  readonly ticksAgain: boolean;
  /** Services that were told to end, and didn't in good order. */
  readonly badExits: readonly string[];
}

/** What has to be 0. */
export interface Failures {
  readonly confirmedButNeverDelivered: number;
  readonly outOfOrder: number;
  readonly gaps: number;
  readonly jobsWithoutResult: number;
  readonly quotesNeverOnTheStream: number;
  readonly quotesOutOfOrder: number;
  readonly quotesTwiceOnTheStream: number;
  readonly gapsOnTheStream: number;
  /** 1 when the timer didn't tick again. */
  readonly timersStopped: number;
  readonly badExits: number;
}

/** What faults may cost. */
export interface Costs {
  /** Sent again for want of a confirm. */
  readonly deliveredTwice: number;
  /** Done again, since the worker or its connection died before the acknowledgement. */
  readonly jobsDoneTwice: number;
  readonly jobsLostWithTheirQueue: number;
  /** Some page that shows them was to be asked for. */
  readonly quotesLostWithTheirQueue: number;
}

export interface Verdict {
  readonly failures: Failures;
  readonly costs: Costs;
}

/** Compares what was confirmed, and what's on the site, with what arrived. */
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
      // n.b. of the first of each number: what is there twice stands where it came first
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

/** Whether something happened that mustn't. */
export function hasFailed({ failures }: Verdict): boolean {
  return Object.values(failures).some((count) => count !== 0);
}

function sum<T>(all: readonly T[], count: (one: T) => number): number {
  return all.reduce((total, one) => total + count(one), 0);
}

/** How many of the missing were in a deleted queue, and how many weren't. */
function split(missing: readonly number[], deleted: ReadonlySet<number>): [number, number] {
  const lost = missing.filter((n) => deleted.has(n)).length;
  return [lost, missing.length - lost];
}

function numbersOf(quotes: readonly ReceivedQuote[]): number[] {
  return quotes.map(({ number }) => number);
}

function missingIn(numbers: readonly number[], wanted: readonly number[]): number[] {
  const there = new Set(numbers);
  return wanted.filter((n) => !there.has(n));
}

function descentsIn(numbers: readonly number[]): number {
  return numbers.filter((n, index) => n < (numbers[index - 1] ?? 0)).length;
}

function repeatedIn(numbers: readonly number[]): number {
  return numbers.length - new Set(numbers).size;
}
