import { filterOf, filterSchema } from '@quotewire/sse';
import { type Static, Type } from 'typebox';
import { wordsOf } from '../public/assets/search-words.js';
import type { Selection } from './quote-feed.ts';

/** What browsers may filter the stream and lists by. */
export const QUOTE_FILTERS = {
  source: { description: 'Only of these sources, their states included.' },
  author: { description: 'Only by these authors.' },
  tag: { description: 'Only with one of these tags.' },
};

const values = (name: keyof typeof QUOTE_FILTERS) =>
  Type.Optional(Type.Unsafe<string[]>(filterSchema(QUOTE_FILTERS[name])));

/** The query of everything that lists quotes. */
export const ListQuery = Type.Object({
  source: values('source'),
  author: values('author'),
  tag: values('tag'),
  q: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'Words that all occur in text, author or tags. Case and accents are ignored.',
    }),
  ),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
  before: Type.Optional(
    Type.String({
      pattern: '^([A-Za-z0-9_-]{22}|[0-9]{1,15}-[0-9a-f]{12})$',
      description: 'The id of a quote, or `before` of a list: only older quotes are listed.',
    }),
  ),
});
export type ListQuery = Static<typeof ListQuery>;

/** What a query selects. Throws an error with status code 400. */
export function selectionOf(query: Omit<ListQuery, 'limit' | 'before'>): Selection {
  return { filter: filterOf(query, QUOTE_FILTERS), words: wordsOf(query.q ?? '') };
}
