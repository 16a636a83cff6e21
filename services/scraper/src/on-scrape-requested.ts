import { type Bus, type EventOf, PermanentError } from '@quotewire/bus';
import { type Quote, quoteScraped, scrapeRequested } from '@quotewire/events';
import type { Source } from '@quotewire/sources';
import { extractQuotes } from './extract-quotes.ts';
import { FetchError, type FetchedPage } from './fetch-page.ts';
import type { PublishedQuotes } from './published-quotes.ts';
import type { SourceStates } from './source-states.ts';

export interface ScrapeParts {
  bus: Bus;
  sources: readonly Source[];
  published: PublishedQuotes;
  states: SourceStates;
  fetchPage: (url: string) => Promise<FetchedPage>;
  /** An expired job was let go. */
  onExpired?: () => void;
}

type ScrapeRequested = EventOf<typeof scrapeRequested>;

const NEXT_PAGE_LIFETIME_MS = 15 * 60_000;

/**
 * Does one job: publishes what's new on a page, then the job of the next page, and resolves when
 * the broker has it all. Doing it again publishes nothing twice.
 */
export function onScrapeRequested(parts: ScrapeParts): (event: ScrapeRequested) => Promise<void> {
  return async (event) => {
    const { source: name, url, expiresAt } = event.data;
    if (Date.parse(expiresAt) <= Date.now()) return parts.onExpired?.();
    const source = parts.sources.find((candidate) => candidate.name === name);
    if (source === undefined)
      throw new PermanentError(`there's no source "${name}" in the file of sources`);
    if (!URL.canParse(url) || new URL(url).origin !== new URL(source.url).origin) {
      throw new PermanentError(`${url} isn't on the site of source "${name}"`);
    }
    const page = await fetchOrReport(url, name, parts);
    if (page !== undefined) await publishPage(page, { event, source, parts });
  };
}

/** The page, or undefined when the site won't give it and asking again can't help. */
async function fetchOrReport(
  url: string,
  source: string,
  parts: ScrapeParts,
): Promise<FetchedPage | undefined> {
  try {
    return await parts.fetchPage(url);
  } catch (error) {
    // anything else isn't the site's fault
    if (!(error instanceof FetchError)) throw error;
    await parts.states.report(source, { state: 'failing', detail: error.message });
    if (error.isTemporary) throw error;
    return undefined;
  }
}

async function publishPage(
  page: FetchedPage,
  { event, source, parts }: { event: ScrapeRequested; source: Source; parts: ScrapeParts },
): Promise<void> {
  const { bus, published, states } = parts;
  const { runId, page: number } = event.data;
  const scrapedAt = new Date().toISOString();
  const { quotes, dropped, nextUrl } = extractQuotes(page, { source, scrapedAt });
  const fresh = quotes.filter(({ id }) => !published.has(id));
  const hasNews = quotes.some(({ id }) => published.isNewsOf(runId, id));
  // the first on the page is the newest: it's published last, as if it had been seen to appear
  await Promise.all(fresh.toReversed().map((quote) => publishQuote(quote, { event, parts })));
  states.countPage(source.name, {
    published: fresh.length,
    dropped: dropped.length,
    at: scrapedAt,
  });

  const isKnownFromHere = !hasNews && states.reachedEnd(source.name);
  if (nextUrl !== undefined && !isKnownFromHere && number < source.maxPages) {
    const expiresAt = new Date(Date.now() + NEXT_PAGE_LIFETIME_MS).toISOString();
    const job = { source: source.name, runId, page: number + 1, url: nextUrl, expiresAt };
    await bus.publish(scrapeRequested, job, { cause: event, correlationId: runId });
    return;
  }
  const detail =
    nextUrl === undefined ? 'A run came to the last page.' : 'A run found what is new.';
  await states.report(source.name, { state: 'ok', detail, reachedEnd: nextUrl === undefined });
}

async function publishQuote(
  quote: Quote,
  { event, parts }: { event: ScrapeRequested; parts: ScrapeParts },
): Promise<void> {
  const { runId } = event.data;
  await parts.bus.publish(
    quoteScraped,
    { ...quote, runId },
    { cause: event, correlationId: runId },
  );
  parts.published.add({ id: quote.id, runId });
}
