import { type Saying, sayings } from './sayings.ts';

/** The number of quotes on the site. */
export const QUOTES_SHOWN = 100;
export const QUOTES_PER_PAGE = 10;
export const PAGES = QUOTES_SHOWN / QUOTES_PER_PAGE;

/** A fixed start, so that the quotes are a function of the clock alone. */
const BEGINNING = Date.UTC(2026, 0, 1);
/** Coprime to the number of sayings: each appears once in a round, and neighbours differ. */
const STRIDE = 37;

const numbers = new Intl.NumberFormat('en-US');

/** The quotes on the site at a time, the newest first. Each has its number in its text, so that no two are alike. */
export function quotesAt(nowMs: number, newQuoteMs: number): Saying[] {
  const newest = Math.floor((nowMs - BEGINNING) / newQuoteMs);
  return Array.from({ length: QUOTES_SHOWN }, (_, age) => quoteOf(newest - age));
}

function quoteOf(number: number): Saying {
  const index = (((number * STRIDE) % sayings.length) + sayings.length) % sayings.length;
  const saying = sayings[index] as Saying;
  return { ...saying, text: `${saying.text} (no. ${numbers.format(number)})` };
}

/** One page of the quotes; pages count from 1. */
export function pageOf(quotes: readonly Saying[], page: number): readonly Saying[] {
  return quotes.slice((page - 1) * QUOTES_PER_PAGE, page * QUOTES_PER_PAGE);
}
