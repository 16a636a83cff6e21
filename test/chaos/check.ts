/** What happened in a run. */
export interface Histories {
  /** Numbers in the order in which the broker confirmed them. */
  readonly confirmed: readonly number[];
  /** The numbers that each follower read, in its order. */
  readonly read: readonly (readonly number[])[];
  /** Gaps that followers were told of. */
  readonly gaps: number;
  /** Jobs that the broker confirmed. */
  readonly requested: readonly number[];
  /** What the log says was done, in its order. */
  readonly done: readonly number[];
}

/** What a run shows; the first four have to be 0. */
export interface Verdict {
  readonly confirmedButNeverDelivered: number;
  readonly outOfOrder: number;
  readonly gaps: number;
  readonly jobsWithoutResult: number;
  /** Sent again for want of a confirm. */
  readonly deliveredTwice: number;
  /** Done again, since the worker or its connection died before the acknowledgement. */
  readonly jobsDoneTwice: number;
}

/** Compares what was confirmed with what arrived. */
export function check({ confirmed, read, gaps, requested, done }: Histories): Verdict {
  const sum = (count: (numbers: readonly number[]) => number) =>
    read.reduce((total, numbers) => total + count(numbers), 0);
  return {
    confirmedButNeverDelivered: sum((numbers) => missingIn(numbers, confirmed)),
    outOfOrder: sum(descentsIn),
    gaps,
    jobsWithoutResult: missingIn(done, requested),
    deliveredTwice: sum(repeatedIn),
    jobsDoneTwice: repeatedIn(done),
  };
}

function missingIn(numbers: readonly number[], wanted: readonly number[]): number {
  const there = new Set(numbers);
  return wanted.filter((n) => !there.has(n)).length;
}

/** Of the first of each number: what is there twice stands where it came first. */
function descentsIn(numbers: readonly number[]): number {
  return [...new Set(numbers)].filter((n, index, all) => n < (all[index - 1] ?? 0)).length;
}

function repeatedIn(numbers: readonly number[]): number {
  return numbers.length - new Set(numbers).size;
}
