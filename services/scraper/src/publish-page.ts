import { type Quote, quoteScraped, scrapeRequested } from '@quotewire/events';
import type { ExtractedPage } from '@quotewire/extract';
import type { Validators } from '@quotewire/fetch';
import { identityOf } from '@quotewire/sources';
import { endRun } from './end-run.ts';
import { problemWith, restUntil } from './health.ts';
import { type SourceChange, withoutUndefined } from './source-state.ts';
import { resumeAt, type NextStep, nextStep, NOTHING_READ, type RunMemory } from './next-step.ts';
import type { Scrape } from './scrape.ts';

const NEXT_PAGE_LIFETIME_MS = 15 * 60_000;

/** The extracted quotes of a fetched page. */
export interface ScrapedPage extends ExtractedPage {
  /** The final URL, after redirects. */
  readonly url: string;
  /** RFC 3339, UTC. */
  readonly scrapedAt: string;
  readonly validators: Validators | undefined;
}

/** The part of a run's memory that the first page determines. */
type RunRecord = Omit<NonNullable<Scrape['event']['data']['run']>, 'seen'>;

/** Publishes the new quotes of a page, then the job of the next page or, at the end of the run, the state of the source. */
export async function publishPage(page: ScrapedPage, scrape: Scrape): Promise<void> {
  const { event, source, parts, isRepeat } = scrape;
  const { published } = parts;
  const { runId, page: number } = event.data;
  const fresh = page.quotes.filter(({ id }) => !published.has(id));
  const chosen = source.mode === 'random' ? pickOne(fresh, scrape) : fresh;
  const hasNews =
    isRepeat || page.quotes.some(({ id }) => published.isNewsOf(event.data.runId, id));
  // the first quote on a page is the newest, so it is published last
  await Promise.all(chosen.toReversed().map((quote) => publishQuote(quote, scrape)));
  countPage(page, { fresh: fresh.length, published: chosen.length, scrape });

  const record = number === 1 ? recordOf(page, scrape) : event.data.run;
  if (number === 1 && record?.problem !== undefined) {
    await endRun({ state: 'broken', detail: record.problem }, scrape);
    if (page.quotes.length === 0) return;
  }
  const run = memoryIn(event.data.run);
  const known = parts.states.progressOf(source);
  const next = nextStep(
    {
      ...page,
      number,
      urls: [...new Set([event.data.url, page.url])],
      ids: page.quotes.map(({ id }) => id),
      hasNews: source.mode === 'random' ? false : hasNews,
    },
    { run, known, source },
  );
  const isPicked = source.mode === 'random' && published.hasAnyOf(runId);
  const step = isPicked ? afterPick(next, { scrape, run }) : next;
  await carryOut(step, { record, scrape });
}

/** Creates the run's record from its first page. */
function recordOf(page: ScrapedPage, { source }: Scrape): RunRecord {
  const problem = problemWith(page, source);
  return {
    entry: identityOf(source),
    front: '',
    isConnected: false,
    ...(problem === undefined ? page.validators : { problem: problem.slice(0, 500) }),
  };
}

function memoryIn(run: Scrape['event']['data']['run']): RunMemory {
  return run === undefined ? NOTHING_READ : { ...run, seen: run.seen.match(/.{8}/g) ?? [] };
}

/** Picks a random quote, unless the run has already published one. */
function pickOne(fresh: readonly Quote[], { event, parts }: Scrape): readonly Quote[] {
  if (fresh.length === 0 || parts.published.hasAnyOf(event.data.runId)) return [];
  const index = parts.randomBelow(fresh.length);
  return fresh.slice(index, index + 1);
}

/** Ends the run after a pick, so that the next run resumes at the same page. A broken page is still reported. */
function afterPick(next: NextStep, { scrape, run }: { scrape: Scrape; run: RunMemory }): NextStep {
  if (next.kind === 'end' && next.outcome === 'broken') return next;
  const { page: number, url } = scrape.event.data;
  const { front, pagedItems } = next.kind === 'request' ? next.run : run;
  const change = resumeAt(number === 1 ? undefined : url, { front, pagedItems });
  return { kind: 'end', outcome: 'max-pages', detail: 'Published a quote.', change };
}

async function carryOut(
  step: NextStep,
  { record, scrape }: { record: RunRecord | undefined; scrape: Scrape },
): Promise<void> {
  const { event, source, parts } = scrape;
  if (step.kind === 'request') {
    const blockedUntil = restUntil(parts.pauseMsOf(event.data.url), Date.now());
    // published, so that a restart doesn't shorten the pause
    if (blockedUntil !== undefined) await parts.states.report(source, { blockedUntil });
    const { seen, ...memory } = step.run;
    const first = record ?? { entry: identityOf(source) };
    const run = withoutUndefined({ ...first, ...memory, seen: seen.join('') });
    return requestPage(step.url, { run, scrape });
  }
  const { outcome, detail, change } = step;
  if (outcome === 'broken') return endRun({ state: 'broken', detail }, scrape, change);
  const isComplete = outcome !== 'max-pages';
  const { etag, lastModified } = isComplete && record !== undefined ? record : {};
  const isSwept = outcome === 'last-page' && !parts.states.progressOf(source).isComplete;
  const whole: SourceChange = {
    ...change,
    etag,
    lastModified,
    ...(isSwept ? { sweptAt: new Date().toISOString() } : {}),
  };
  if (record?.problem !== undefined) {
    return endRun({ state: 'broken', detail: record.problem }, scrape, whole);
  }
  const isExhausted = source.mode === 'random' && isComplete;
  return isExhausted
    ? endRun({ state: 'exhausted', detail: 'All quotes have been published.' }, scrape, whole)
    : endRun({ state: 'ok', detail }, scrape, whole);
}

async function requestPage(
  url: string,
  { run, scrape }: { run: Scrape['event']['data']['run']; scrape: Scrape },
): Promise<void> {
  const { event, source, parts } = scrape;
  const { runId, page, intervalSeconds } = event.data;
  const expiresAt = new Date(Date.now() + NEXT_PAGE_LIFETIME_MS).toISOString();
  const job = {
    source: source.name,
    runId,
    page: page + 1,
    url,
    expiresAt,
    ...(intervalSeconds === undefined ? {} : { intervalSeconds }),
    ...(run === undefined ? {} : { run }),
  };
  await parts.bus.publish(scrapeRequested, job, { cause: event, correlationId: runId });
}

async function publishQuote(quote: Quote, { event, parts }: Scrape): Promise<void> {
  const { runId } = event.data;
  await parts.bus.publish(
    quoteScraped,
    { ...quote, runId },
    { cause: event, correlationId: runId },
  );
  await parts.published.untilRead(quote.id);
  parts.states.learnNews(quote);
  parts.count('item_scraped_count_total', { source: quote.source });
}

function countPage(
  { quotes, dropped, scrapedAt }: ScrapedPage,
  { fresh, published, scrape }: { fresh: number; published: number; scrape: Scrape },
): void {
  const { source, parts } = scrape;
  parts.states.countPage(source.name, { published, dropped, at: scrapedAt });
  for (const { reason } of dropped) {
    parts.count('item_dropped_count_total', { source: source.name });
    parts.count('item_dropped_reasons_count_total', { reason });
  }
  const known = quotes.length - fresh;
  if (known > 0) parts.count('dupefilter_filtered_total', { source: source.name }, known);
}
