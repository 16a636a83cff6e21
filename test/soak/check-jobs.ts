import type { Histories, Job, Visit } from './histories.ts';

/** The jobs without a visit, by reason. */
export interface JobsVerdict {
  /** Jobs without a visit and without another explanation. */
  readonly withoutResult: readonly string[];
  /** The number of jobs that may have been in a deleted queue. */
  readonly deleted: number;
  /** The number of visits to first pages without a known job, which were redeliveries. */
  readonly repeated: number;
}

/** The timer records a request at most this long after the broker has the job. */
const RECORD_DELAY_MS = 250;
/** The same while the broker sends no confirms. */
const UNCONFIRMED_RECORD_DELAY_MS = 35_000;
/** A scraper visits the site at most this long after it received the job. */
const JOB_DURATION_MS = 30_000;

/**
 * Finds the visit of each job: to the first page of its source, after its publication and before its
 * expiry. A visit that several jobs may have caused counts for the newest, so that later jobs
 * don't hide a lost one.
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
    const soon = matched(jobsOfSource, visitsBySource.get(source) ?? [], RECORD_DELAY_MS);
    const late = matched(soon.jobs, soon.visits, UNCONFIRMED_RECORD_DELAY_MS);
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
  // the records don't tell which jobs expired
  const withoutResult = open
    .slice(expiredJobs)
    .map(({ source, atMs }) => `${source} at ${new Date(atMs).toISOString().slice(11, 23)}`);
  return { withoutResult, deleted, repeated };
}

/** Returns the jobs and visits of a source without a counterpart. */
function matched(
  jobs: readonly Job[],
  visits: readonly Visit[],
  recordDelayMs: number,
): { jobs: Job[]; visits: Visit[] } {
  const waiting = jobs.toSorted((a, b) => b.atMs - a.atMs);
  const open: Job[] = [];
  const unmatched: Visit[] = [];
  for (const visit of visits.toSorted((a, b) => a.atMs - b.atMs)) {
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      if (next.atMs - recordDelayMs > visit.atMs) break;
      open.push(next);
      waiting.pop();
    }
    const index = open.findLastIndex((job) => visit.atMs < job.expiresAtMs + JOB_DURATION_MS);
    if (index === -1) unmatched.push(visit);
    else open.splice(index, 1);
  }
  return { jobs: [...open, ...waiting], visits: unmatched };
}
