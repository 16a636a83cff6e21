import type { Histories, Job, Visit } from './histories.ts';

/** What the jobs show. */
export interface JobsVerdict {
  /** Jobs for which no page was asked for, and that nothing else explains. */
  readonly withoutResult: readonly string[];
  /** Jobs without a result that may have been in a queue when it was deleted. */
  readonly deleted: number;
  /** First pages that were asked for without a job that's known: jobs that were done again. */
  readonly repeated: number;
}

/** The timer writes down that it has asked so soon after the broker had the job, */
const WRITTEN_DOWN_MS = 250;
/** or so late, when the broker confirms nothing. */
const WRITTEN_DOWN_LATE_MS = 35_000;
/** From the queue to the site a job doesn't take longer, once it's in hand. */
const IN_HAND_MS = 30_000;

/**
 * Finds the visit of each job: to its source's first page, since it was published and before it
 * expired. A visit that several jobs may have led to counts for the newest of them, so that one
 * that's lost isn't hidden by those that come after it.
 */
export function checkJobs({
  jobs,
  visits,
  expiredJobs,
  deletedJobs,
}: Pick<Histories, 'jobs' | 'visits' | 'expiredJobs' | 'deletedJobs'>): JobsVerdict {
  const visitsBySource = Map.groupBy(
    visits.filter(({ page }) => page === 1),
    ({ source }) => source,
  );
  const open: Job[] = [];
  let repeated = 0;
  for (const [source, jobsOfSource] of Map.groupBy(jobs, ({ source }) => source)) {
    const soon = matched(jobsOfSource, visitsBySource.get(source) ?? [], WRITTEN_DOWN_MS);
    const late = matched(soon.jobs, soon.visits, WRITTEN_DOWN_LATE_MS);
    open.push(...late.jobs);
    repeated += late.visits.length;
  }
  open.sort((a, b) => a.atMs - b.atMs);
  let deleted = 0;
  for (const { atMs, count } of deletedJobs) {
    const held = open.filter((job) => job.atMs <= atMs && atMs < job.expiresAtMs);
    for (const job of count === 0 ? [] : held.slice(-count)) {
      open.splice(open.indexOf(job), 1);
      deleted += 1;
    }
  }
  // n.b. which ones have expired isn't known
  const withoutResult = open
    .slice(expiredJobs)
    .map(({ source, atMs }) => `${source} at ${new Date(atMs).toISOString().slice(11, 23)}`);
  return { withoutResult, deleted, repeated };
}

/** What's left of the jobs and the visits of one source. */
function matched(
  jobs: readonly Job[],
  visits: readonly Visit[],
  writtenDownMs: number,
): { jobs: Job[]; visits: Visit[] } {
  const waiting = jobs.toSorted((a, b) => b.atMs - a.atMs);
  const open: Job[] = [];
  const leftOver: Visit[] = [];
  for (const visit of visits.toSorted((a, b) => a.atMs - b.atMs)) {
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      if (next.atMs - writtenDownMs > visit.atMs) break;
      open.push(next);
      waiting.pop();
    }
    const index = open.findLastIndex((job) => visit.atMs < job.expiresAtMs + IN_HAND_MS);
    if (index === -1) leftOver.push(visit);
    else open.splice(index, 1);
  }
  return { jobs: [...open, ...waiting], visits: leftOver };
}
