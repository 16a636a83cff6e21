import { defineEvent } from '@quotewire/bus';
import { type Static, Type } from 'typebox';

const webAddress = (description: string) =>
  Type.Optional(Type.String({ pattern: '^https?://', maxLength: 2_083, description }));

/**
 * One scraped quotation or headline; also the data that browsers receive.
 *
 * The largest quote fits in an event of 64 KiB:
 * 3 bytes for each character of the text, the author, the tags and the title (48 KB), 1 for each of
 * the three addresses, which are ASCII (6 KB), and under 1 KB for the rest.
 */
export const Quote = Type.Object({
  id: Type.String({
    pattern: '^[A-Za-z0-9_-]{22}$',
    description: 'The same for the same words by the same author on any page: see quoteId.',
  }),
  text: Type.String({ minLength: 1, maxLength: 10_000 }),
  author: Type.String({ maxLength: 500, description: 'Empty when the page names none.' }),
  tags: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 50 }),
  title: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Absent where it is the text.' }),
  ),
  link: webAddress('The page of this quote alone.'),
  publishedAt: Type.Optional(
    Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$',
      description: 'RFC 3339, UTC: when the page says that it was published.',
    }),
  ),
  image: webAddress('A picture that goes with it.'),
  source: Type.String({ description: "The source's name." }),
  url: Type.String({ description: 'The page that it was found on.' }),
  scrapedAt: Type.String({ description: 'RFC 3339, UTC.' }),
});
export type Quote = Static<typeof Quote>;

/** A scraper found a new quote. */
export const quoteScraped = defineEvent({
  exchange: 'quotes',
  routingKey: 'quote.scraped',
  data: Type.Intersect([
    Quote,
    Type.Object({
      runId: Type.Optional(Type.String({ description: 'The run that found it.' })),
    }),
  ]),
});
