import { defineEvent } from '@quotewire/bus';
import { type Static, Type } from 'typebox';

/** One quotation as it was found; also what browsers receive. */
export const Quote = Type.Object({
  id: Type.String({
    pattern: '^[A-Za-z0-9_-]{22}$',
    description:
      'The same for the same words by the same author, wherever they were found: see quoteId.',
  }),
  text: Type.String({ minLength: 1, maxLength: 10_000 }),
  author: Type.String({ maxLength: 500, description: 'Empty when the page names none.' }),
  tags: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 50 }),
  source: Type.String({ description: "The source's name." }),
  url: Type.String({ description: 'The page that it was found on.' }),
  scrapedAt: Type.String({ description: 'RFC 3339, UTC.' }),
});
export type Quote = Static<typeof Quote>;

/** A scraper found a quote that hadn't been published. */
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
