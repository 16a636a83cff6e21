import { composeProverb, PROVERBS } from './compose-proverb.ts';
import { type Saying, sayings } from './sayings.ts';

/** The number of quotes on the site: half of them real sayings. */
export const QUOTES_SHOWN = 100;
export const QUOTES_PER_PAGE = 10;
export const PAGES = QUOTES_SHOWN / QUOTES_PER_PAGE;

/** A fixed start, so that the quotes are a function of the clock alone. */
const BEGINNING = Date.UTC(2026, 0, 1);
/** One quote in so many is a real saying, so that none comes twice in weeks; the others are composed. */
const SAYING_EVERY = 7_200;
/** Shares no divisor with the number of sayings: each comes once in a round, and neighbours differ. */
const STRIDE = 157;

/** The quotes on the site at a time, the newest first: the newest sayings and the newest composed proverbs. */
export function quotesAt(nowMs: number, newQuoteMs: number): Saying[] {
  const newest = Math.floor((nowMs - BEGINNING) / newQuoteMs);
  const newestSaying = newest - modulo(newest, SAYING_EVERY);
  const numbers = Array.from(
    { length: QUOTES_SHOWN / 2 },
    (_, age) => newestSaying - age * SAYING_EVERY,
  );
  for (let number = newest; numbers.length < QUOTES_SHOWN; number -= 1) {
    if (modulo(number, SAYING_EVERY) !== 0) numbers.push(number);
  }
  return numbers.sort((a, b) => b - a).map(quoteOf);
}

/** The quote of a number; the numbers before the beginning are negative. */
export function quoteOf(number: number): Saying {
  if (modulo(number, SAYING_EVERY) !== 0) return composeProverb(modulo(number, PROVERBS));
  const round = modulo(number / SAYING_EVERY, sayings.length);
  return sayings[(round * STRIDE) % sayings.length] as Saying;
}

/** One page of the quotes; pages count from 1. */
export function pageOf(quotes: readonly Saying[], page: number): readonly Saying[] {
  return quotes.slice((page - 1) * QUOTES_PER_PAGE, page * QUOTES_PER_PAGE);
}

function modulo(number: number, divisor: number): number {
  return ((number % divisor) + divisor) % divisor;
}
