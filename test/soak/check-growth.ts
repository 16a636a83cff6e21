import type { Held, Sample } from './histories.ts';

/** What a process held at the end of the first day and at the end of the last. */
export interface Growth {
  readonly process: string;
  readonly first: Sample;
  readonly last: Sample;
  /** What has grown too much, a sentence each. */
  readonly problems: readonly string[];
}

/** How much more than on the first day may be held on the last: so many times, and so many. */
const MAY_GROW: Readonly<Partial<Record<keyof Held, { times: number; by: number }>>> = {
  rssBytes: { times: 1.15, by: 0 },
  fds: { times: 1, by: 10 },
  promises: { times: 1.2, by: 300 },
  functions: { times: 1.1, by: 1_000 },
  resources: { times: 1.2, by: 20 },
};

/** Compares what each process held at the end of its first day with the end of the last. */
export function checkGrowth(samples: readonly Sample[]): readonly Growth[] {
  return [...Map.groupBy(samples, ({ process }) => process)].flatMap(([process, all]) => {
    const ordered = all.toSorted((a, b) => a.day - b.day);
    const [first, last] = [ordered[0], ordered.at(-1)];
    if (first === undefined || last === undefined) return [];
    return { process, first, last, problems: problemsOf(first, last) };
  });
}

function problemsOf(first: Sample, last: Sample): string[] {
  return Object.entries(MAY_GROW).flatMap(([key, { times, by }]) => {
    const [before, after] = [first[key as keyof Held], last[key as keyof Held]];
    if (after <= before * times + by) return [];
    return `${last.process}: ${key} was ${before} on day ${first.day} and is ${after} on day ${last.day}`;
  });
}
