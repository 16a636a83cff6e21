import type { ScrapeParts } from '../../src/scrape.ts';
import type { SimulatedSite } from './simulated-site.ts';

export type FetchPage = ScrapeParts['fetchPage'];

/** What a run of a source met. */
export interface RunStory {
  readonly runId: string;
  readonly startedAtMs: number;
  /** What was wrong with the pages that it asked for. */
  readonly troubles: Set<Trouble>;
  requests: number;
  /** Whether the site changed before the run's end. */
  isDisturbed: boolean;
  /** Whether one of its jobs was left undone: skipped, expired, or too often tried. */
  isUnfinished: boolean;
  /** Whether its process died. */
  isKilled: boolean;
}

/** `failed`: a page couldn't be fetched in the end; `flaky`: it could, at another attempt. */
export type Trouble = 'failed' | 'flaky' | 'rest' | 'lost-page' | 'markup' | 'cut' | 'no-next';

export function beginStory(runId: string, startedAtMs: number): RunStory {
  return {
    runId,
    startedAtMs,
    troubles: new Set(),
    requests: 0,
    isDisturbed: false,
    isUnfinished: false,
    isKilled: false,
  };
}

/** Notes what a page's answer means for the run. */
export function noteAnswer(
  { troubles }: RunStory,
  { site, page, answer }: { site: SimulatedSite; page: number; answer: 'ok' | number },
): void {
  const { weather, traits } = site;
  const isLinked = traits.paging.startsWith('links');
  if (answer !== 'ok') {
    const isMissing = answer === 404 || answer === 410;
    if (weather === 'rest') troubles.add('rest');
    else if (!isMissing || page === 1) troubles.add('failed');
    else if (isLinked) troubles.add('lost-page');
    return;
  }
  if (troubles.delete('failed')) troubles.add('flaky');
  if (weather === 'markup') troubles.add('markup');
  if (weather === 'cut' && page === 1) troubles.add('cut');
  if (weather === 'cut-behind' && page > 1) troubles.add('cut');
  if (weather === 'no-next' && isLinked && page === 1) troubles.add('no-next');
}
