import type { ScrapeParts } from '../../src/scrape.ts';
import type { SimulatedSite } from './simulated-site.ts';

export type FetchPage = ScrapeParts['fetchPage'];

/** The requests and faults of one run of a source. */
export interface RunRecord {
  readonly runId: string;
  readonly startedAtMs: number;
  /** The faults of the pages that it requested. */
  readonly faults: Set<RunFault>;
  requests: number;
  /** Whether quotes of the site changed position during the run. */
  isReordered: boolean;
  /** Whether one of its jobs was skipped, expired or failed after all retries. */
  hasSkippedJob: boolean;
  /** Whether its process crashed. */
  isCrashed: boolean;
}

/** `failed`: a page could not be fetched; `recovered`: a retry fetched it. */
export type RunFault =
  | 'failed'
  | 'recovered'
  | 'blocked'
  | 'missing-page'
  | 'markup-changed'
  | 'truncated'
  | 'link-missing';

export function createRunRecord(runId: string, startedAtMs: number): RunRecord {
  return {
    runId,
    startedAtMs,
    faults: new Set(),
    requests: 0,
    isReordered: false,
    hasSkippedJob: false,
    isCrashed: false,
  };
}

/** Records the fault that a response shows. */
export function recordResponse(
  { faults }: RunRecord,
  { site, page, answer }: { site: SimulatedSite; page: number; answer: 'ok' | number },
): void {
  const { condition, traits } = site;
  const isLinked = traits.paging.startsWith('links');
  if (answer !== 'ok') {
    const isMissing = answer === 404 || answer === 410;
    if (condition === 'blocked') faults.add('blocked');
    else if (!isMissing || page === 1) faults.add('failed');
    else if (isLinked) faults.add('missing-page');
    // the end of numbered pages
    else recover(faults);
    return;
  }
  recover(faults);
  if (condition === 'markup-changed') faults.add('markup-changed');
  if (condition === 'truncated' && page === 1) faults.add('truncated');
  if (condition === 'later-page-truncated' && page > 1) faults.add('truncated');
  if (condition === 'link-missing' && isLinked && page === 1) faults.add('link-missing');
}

/** The retry of a page succeeded, if its first request failed. */
function recover(faults: Set<RunFault>): void {
  if (faults.delete('failed')) faults.add('recovered');
}
