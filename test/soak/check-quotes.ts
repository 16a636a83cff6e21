import type { BrowserHistory, Histories, LoggedQuote } from './histories.ts';

/** The differences between the quotes of the site, the log and the browsers. */
export interface QuotesVerdict {
  /** Quotes of the site that were on no page that it sent. */
  readonly neverServed: readonly string[];
  /** Quotes on a sent page that never reached the log. */
  readonly neverLogged: readonly string[];
  /** The number of repeated entries in the log. */
  readonly loggedTwice: number;
  /** The number of gaps that browsers received. */
  readonly gapsReceived: number;
  /** Quotes that a browser missed without a gap. */
  readonly missingWithoutGap: readonly string[];
  readonly outOfOrder: number;
  /** The number of quotes that a browser received again. */
  readonly receivedTwice: number;
}

/** Compares the quotes on the site, on its sent pages, in the log and in the browsers. */
export function checkQuotes({
  onSite,
  served,
  log,
  browsers,
}: Pick<Histories, 'onSite' | 'served' | 'log' | 'browsers'>): QuotesVerdict {
  const firsts = new Map<string, LoggedQuote>();
  for (const quote of log) if (!firsts.has(quote.text)) firsts.set(quote.text, quote);
  const unique = [...firsts.values()];
  const sum = (count: (browser: BrowserHistory) => number) =>
    browsers.reduce((total, browser) => total + count(browser), 0);
  return {
    neverServed: [...onSite].filter((text) => !served.has(text)),
    neverLogged: [...served].filter((text) => !firsts.has(text)),
    loggedTwice: log.length - unique.length,
    gapsReceived: sum(({ gaps }) => gaps.length),
    missingWithoutGap: browsers.flatMap((browser) => missingWithoutGapOf(browser, unique)),
    outOfOrder: sum((browser) => descentsIn(browser, firsts)),
    receivedTwice: sum(({ quotes }) => quotes.length - new Set(quotes).size),
  };
}

function missingWithoutGapOf(
  { name, source, startOffset, quotes, gaps }: BrowserHistory,
  log: readonly LoggedQuote[],
): string[] {
  const received = new Set(quotes);
  return log
    .filter((quote) => {
      if (!(quote.offset > startOffset) || received.has(quote.text)) return false;
      const passesFilter = source === undefined || quote.source === source;
      return passesFilter && !gaps.some((gap) => isWithin(quote, gap));
    })
    .map(({ offset, text }) => `${name}: ${offset} ${text}`);
}

function isWithin(
  { offset }: LoggedQuote,
  { fromOffset, toOffset }: BrowserHistory['gaps'][number],
): boolean {
  return offset > fromOffset && offset <= toOffset;
}

/** Counts the quotes out of order; a repeated quote counts at its first position. */
function descentsIn({ quotes }: BrowserHistory, firsts: ReadonlyMap<string, LoggedQuote>): number {
  const offsets = [...new Set(quotes)].map((text) => firsts.get(text)?.offset ?? Number.NaN);
  return offsets.filter((offset, index) => offset < (offsets[index - 1] ?? 0)).length;
}
