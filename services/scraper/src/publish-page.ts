import { randomInt } from 'node:crypto';
import { type Quote, quoteScraped, scrapeRequested } from '@quotewire/events';
import type { ExtractedPage } from './extract-quotes.ts';
import type { Validators } from './fetch-page.ts';
import { isSameSite } from './fetch/same-site.ts';
import { afterRun, problemWith } from './health.ts';
import type { Scrape } from './on-scrape-requested.ts';
import type { SourceChange } from './known-source.ts';

const NEXT_PAGE_LIFETIME_MS = 15 * 60_000;
const MAX_URL_LENGTH = 1_000;

/** What was on a page, and when. */
export interface ScrapedPage extends ExtractedPage {
  /** RFC 3339, UTC. */
  readonly scrapedAt: string;
  readonly validators: Validators | undefined;
}

/** Publishes what's new on a page, then the job of the next one or, at the end of the run, how the source is. */
export async function publishPage(page: ScrapedPage, scrape: Scrape): Promise<void> {
  const { event, source, parts } = scrape;
  const { published, states } = parts;
  const { quotes, dropped, scrapedAt } = page;
  const fresh = quotes.filter(({ id }) => !published.has(id));
  const chosen = source.mode === 'random' ? pickOne(fresh, scrape) : fresh;
  const hasNews = quotes.some(({ id }) => published.isNewsOf(event.data.runId, id));
  // the first on the page is the newest: it's published last, as if it had been seen to appear
  await Promise.all(chosen.toReversed().map((quote) => publishQuote(quote, scrape)));
  states.countPage(source.name, {
    published: chosen.length,
    dropped: dropped.length,
    at: scrapedAt,
  });
  for (const { reason } of dropped) {
    parts.count('item_dropped_count_total', { source: source.name });
    parts.count('item_dropped_reasons_count_total', { reason });
  }
  const known = quotes.length - fresh.length;
  if (known > 0) parts.count('dupefilter_filtered_total', { source: source.name }, known);

  if (event.data.page === 1) {
    const problem = problemWith(page, source);
    const isMended = problem === undefined && states.of(source.name)?.state === 'broken';
    if (isMended) await states.report(source.name, { state: 'ok', detail: 'It is well again.' });
    if (problem !== undefined) await endRun({ state: 'broken', detail: problem }, scrape);
    // n.b. a version that isn't well would hide behind "not modified"
    states.keepValidators(source.name, problem === undefined ? page.validators : undefined);
    if (quotes.length === 0) return;
  }
  if (source.mode === 'random') await goOnPicking(page, scrape);
  else await goOn(page, { hasNews, scrape });
}

/** Where the run of a source was cut, if that's known and fits: the next one goes on there, and then on to the last page. */
export function cutAt(url: string | undefined): SourceChange {
  const isShort = url !== undefined && url.length <= MAX_URL_LENGTH;
  return { nextPage: isShort ? url : undefined, reachedEnd: false };
}

/** Any one, unless the run has published one already. */
function pickOne(fresh: readonly Quote[], { event, parts }: Scrape): readonly Quote[] {
  if (fresh.length === 0 || parts.published.hasAnyOf(event.data.runId)) return [];
  const index = randomInt(fresh.length);
  return fresh.slice(index, index + 1);
}

async function goOn(
  { nextUrl }: ExtractedPage,
  { hasNews, scrape }: { hasNews: boolean; scrape: Scrape },
): Promise<void> {
  const { event, source, parts } = scrape;
  const { page, url } = event.data;
  const { nextPage: cut, reachedEnd } = parts.states.of(source.name) ?? {};
  const done = { nextPage: undefined };
  if (nextUrl === undefined) {
    const detail = 'A run came to the last page.';
    return endRun({ state: 'ok', detail }, scrape, { ...done, reachedEnd: true });
  }
  if (!hasNews && cut !== undefined && cut !== url && isSameSite(cut, source.url)) {
    await requestPage(cut, scrape);
    return parts.states.report(source.name, done);
  }
  if (!hasNews && reachedEnd === true) {
    return endRun({ state: 'ok', detail: 'A run found what is new.' }, scrape, done);
  }
  if (page >= source.maxPages) {
    const detail = `A run read as many pages as it may; the next one goes on at ${nextUrl}`;
    return endRun({ state: 'ok', detail }, scrape, cutAt(nextUrl));
  }
  await requestPage(nextUrl, scrape);
  // n.b. here a run was cut, and it's been mended
  if (cut === url) await parts.states.report(source.name, done);
}

/** Looks for a quote to publish until there's one. */
async function goOnPicking({ nextUrl }: ExtractedPage, scrape: Scrape): Promise<void> {
  const { event, source, parts } = scrape;
  const { runId, page } = event.data;
  if (parts.published.hasAnyOf(runId)) {
    await endRun({ state: 'ok', detail: 'A run published a quote.' }, scrape);
  } else if (nextUrl !== undefined && page < source.maxPages) {
    await requestPage(nextUrl, scrape);
  } else {
    await endRun({ state: 'exhausted', detail: 'All quotes have been published.' }, scrape);
  }
}

async function requestPage(url: string, { event, source, parts }: Scrape): Promise<void> {
  const { runId, page } = event.data;
  const expiresAt = new Date(Date.now() + NEXT_PAGE_LIFETIME_MS).toISOString();
  const job = { source: source.name, runId, page: page + 1, url, expiresAt };
  await parts.bus.publish(scrapeRequested, job, { cause: event, correlationId: runId });
}

async function publishQuote(quote: Quote, { event, parts }: Scrape): Promise<void> {
  const { runId } = event.data;
  await parts.bus.publish(
    quoteScraped,
    { ...quote, runId },
    { cause: event, correlationId: runId },
  );
  parts.published.add({ id: quote.id, runId });
  parts.states.learnNews(quote);
  parts.count('item_scraped_count_total', { source: quote.source });
}

async function endRun(
  outcome: Pick<Parameters<typeof afterRun>[1], 'state' | 'detail'>,
  { source, parts: { states } }: Scrape,
  change: SourceChange = {},
): Promise<void> {
  const newsAt = states.newsAt(source.name);
  const health = afterRun(states.of(source.name), {
    ...outcome,
    source,
    newsAt,
    nowMs: Date.now(),
  });
  await states.report(source.name, { ...health, ...change });
}
