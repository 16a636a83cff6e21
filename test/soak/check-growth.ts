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

/** What a process holds on each of so many days is growth; what it holds on one of them may be work in hand. */
export const LAST_DAYS = 3;

/** Compares the resource usage of each process at the end of its first day and of its last ones. */
export function checkGrowth(samples: readonly Sample[]): readonly Growth[] {
  return [...Map.groupBy(samples, ({ process }) => process)].flatMap(([process, all]) => {
    const ordered = all.toSorted((a, b) => a.day - b.day);
    const [first, last] = [ordered[0], ordered.at(-1)];
    if (first === undefined || last === undefined) return [];
    return { process, first, last, problems: problemsOf(ordered) };
  });
}

function problemsOf(samples: readonly Sample[]): string[] {
  const [first] = samples;
  if (first === undefined) return [];
  const lastDays = samples.slice(Math.max(1, samples.length - LAST_DAYS));
  return Object.entries(GROWTH_LIMITS).flatMap(([name, { times, by }]) => {
    const key = name as keyof ResourceUsage;
    const least = Math.min(...lastDays.map((sample) => sample[key]));
    if (least <= first[key] * times + by) return [];
    const daily = samples.map((sample) => sample[key]).join(' ');
    return `${first.process}: ${name} from day ${first.day} on: ${daily}`;
  });
}
