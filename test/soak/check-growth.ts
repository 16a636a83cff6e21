import type { ResourceUsage, Sample } from './histories.ts';

/** The resource usage of a process at the end of its first day and of its last. */
export interface Growth {
  readonly process: string;
  readonly first: Sample;
  readonly last: Sample;
  /** A sentence for each resource that grew too much. */
  readonly problems: readonly string[];
}

/** The limits on the last day: the usage of the first day multiplied by `times`, plus `by`. */
const GROWTH_LIMITS: Readonly<Partial<Record<keyof ResourceUsage, { times: number; by: number }>>> =
  {
    rssBytes: { times: 1.15, by: 0 },
    // an idle connection to each of the 100 sites may be kept, or none
    fds: { times: 1, by: 110 },
    promises: { times: 1.2, by: 300 },
    functions: { times: 1.1, by: 1_000 },
    resources: { times: 1.2, by: 20 },
  };

/** Compares the resource usage of each process at the end of its first day and of its last. */
export function checkGrowth(samples: readonly Sample[]): readonly Growth[] {
  return [...Map.groupBy(samples, ({ process }) => process)].flatMap(([process, all]) => {
    const ordered = all.toSorted((a, b) => a.day - b.day);
    const [first, last] = [ordered[0], ordered.at(-1)];
    if (first === undefined || last === undefined) return [];
    return { process, first, last, problems: problemsOf(first, last) };
  });
}

function problemsOf(first: Sample, last: Sample): string[] {
  return Object.entries(GROWTH_LIMITS).flatMap(([key, { times, by }]) => {
    const [before, after] = [first[key as keyof ResourceUsage], last[key as keyof ResourceUsage]];
    if (after <= before * times + by) return [];
    return `${last.process}: ${key} was ${before} on day ${first.day} and is ${after} on day ${last.day}`;
  });
}
