import type { BrowserHistory, Histories, LoggedQuote } from './histories.ts';

/** What the quotes show on their way from the site to the browsers. */
export interface QuotesVerdict {
  /** Quotes that the site had and that were on no page that it sent. */
  readonly neverServed: readonly string[];
  /** Quotes on a page that the site sent and that never came to the log. */
  readonly neverLogged: readonly string[];
  /** Entries of the log beyond the first of their quotes. */
  readonly loggedTwice: number;
  /** Gaps that browsers were told of. */
  readonly gapsTold: number;
  /** Quotes that didn't come to a browser, without a word. */
  readonly gapsUntold: readonly string[];
  readonly outOfOrder: number;
  /** Quotes that came to a browser a second time. */
  readonly broughtTwice: number;
}

/** Compares what the site had with what it sent, that with the log, and the log with what came to the browsers. */
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
    gapsTold: sum(({ gaps }) => gaps.length),
    gapsUntold: browsers.flatMap((browser) => untoldOf(browser, unique)),
    outOfOrder: sum((browser) => descentsOf(browser, firsts)),
    broughtTwice: sum(({ quotes }) => quotes.length - new Set(quotes).size),
  };
}

function untoldOf(
  { name, source, startOffset, quotes, gaps }: BrowserHistory,
  log: readonly LoggedQuote[],
): string[] {
  const came = new Set(quotes);
  return log
    .filter((quote) => {
      if (!(quote.offset > startOffset) || came.has(quote.text)) return false;
      const isWanted = source === undefined || quote.source === source;
      return isWanted && !gaps.some((gap) => isWithin(quote, gap));
    })
    .map(({ offset, text }) => `${name}: ${offset} ${text}`);
}

function isWithin(
  { offset }: LoggedQuote,
  { fromOffset, toOffset }: BrowserHistory['gaps'][number],
): boolean {
  return offset > fromOffset && offset <= toOffset;
}

/** Of the first of each quote: what came twice stands where it came first. */
function descentsOf({ quotes }: BrowserHistory, firsts: ReadonlyMap<string, LoggedQuote>): number {
  const offsets = [...new Set(quotes)].map((text) => firsts.get(text)?.offset ?? Number.NaN);
  return offsets.filter((offset, index) => offset < (offsets[index - 1] ?? 0)).length;
}
