import { check, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeProverb, PROVERBS } from '../src/compose-proverb.ts';
import { quoteOf, quotesAt } from '../src/quotes.ts';
import { sayings } from '../src/sayings.ts';

const NEW_QUOTE_MS = 2_000;
const TICKS_OF_SIX_WEEKS = (42 * 86_400_000) / NEW_QUOTE_MS;
const START = Date.UTC(2026, 5, 1);
const textsAt = (nowMs: number) => quotesAt(nowMs, NEW_QUOTE_MS).map(({ text }) => text);

describe('the real sayings', () => {
  it('are several hundred, none twice', () => {
    expect(sayings.length).toBeGreaterThanOrEqual(300);
    expect(new Set(sayings.map(({ text }) => text)).size).toBe(sayings.length);
  });

  it('each have a text, an author and tags', () => {
    for (const { text, author, tags } of sayings) {
      expect(text).toMatch(/^['\p{Lu}].*[.!?]$/u);
      expect(author).toMatch(/^\p{Lu}[-\p{L}, .]+$/u);
      expect(tags.length).toBeGreaterThan(0);
      for (const tag of tags) expect(tag).toMatch(/^[a-z]+$/);
    }
  });
});

describe('the composed proverbs', () => {
  it('are signed as such, and count nothing', () => {
    for (let number = 0; number < 1_000; number += 1) {
      const { text, author, tags } = composeProverb(number);
      expect(author).toBe('Proverb of the sample site');
      expect(text).toMatch(/^[A-Z][a-z:;, ]+\.$/);
      expect(tags).toHaveLength(1);
    }
  });

  it('come all before one comes again', () => {
    const sizes = [7, 29, 41, 37, 31, 43];
    expect(PROVERBS).toBe(sizes.reduce((product, size) => product * size, 1));
    for (const size of sizes) {
      // these numbers choose the same of every list but one
      const numbers = Array.from({ length: size }, (_, index) => (index * PROVERBS) / size);
      const texts = numbers.map((number) => composeProverb(number).text);
      expect(new Set(texts).size).toBe(size);
    }
    expect(PROVERBS).toBeGreaterThan(100 * TICKS_OF_SIX_WEEKS);
  });
});

it('shows no text twice in six weeks', { timeout: 600_000 }, () => {
  const newest = Math.floor((START - Date.UTC(2026, 0, 1)) / NEW_QUOTE_MS);
  const first = textsAt(START);
  const fingerprints = new Float64Array(first.length + TICKS_OF_SIX_WEEKS);
  fingerprints.set(first.map(fingerprintOf));
  for (let tick = 1; tick <= TICKS_OF_SIX_WEEKS; tick += 1)
    fingerprints[first.length + tick - 1] = fingerprintOf(quoteOf(newest + tick).text);
  fingerprints.sort();
  const repeated = fingerprints.filter((print, index) => print === fingerprints[index - 1]);
  expect(repeated).toHaveLength(0);
});

it('depends on the clock alone: at any time a hundred quotes, half of them real, none twice', () => {
  const anyTime = integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2100, 0, 1) });
  const anyPace = integer({ min: 100, max: 86_400_000 });
  const result = check(
    property(anyTime, anyPace, (nowMs, newQuoteMs) => {
      const quotes = quotesAt(nowMs, newQuoteMs);
      expect(new Set(quotes.map(({ text }) => text)).size).toBe(100);
      expect(quotes.filter((quote) => sayings.includes(quote))).toHaveLength(50);
      expect(quotesAt(nowMs, newQuoteMs)).toEqual(quotes);
    }),
  );
  expect(result.failed).toBe(false);
});

it('puts one new quote on top with each tick, and keeps the order of the others', () => {
  const anyTick = integer({ min: 0, max: TICKS_OF_SIX_WEEKS });
  const result = check(
    property(anyTick, (tick) => {
      const before = textsAt(START + tick * NEW_QUOTE_MS);
      const [top = '', ...rest] = textsAt(START + (tick + 1) * NEW_QUOTE_MS);
      expect(before).not.toContain(top);
      expect(before.filter((text) => rest.includes(text))).toEqual(rest);
    }),
  );
  expect(result.failed).toBe(false);
});

/** A number of 53 bits for a text, since the texts of six weeks would need hundreds of megabytes. */
function fingerprintOf(text: string): number {
  let [high, low] = [0x811c9dc5, 0x1b873593];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5bd1e995);
    low ^= low >>> 15;
  }
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}
