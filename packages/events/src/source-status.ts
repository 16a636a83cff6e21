import { defineEvent } from '@quotewire/bus';
import { type Static, Type } from 'typebox';

/** The status of a source; also the data that browsers receive. */
export const SourceStatus = Type.Object({
  source: Type.String({ minLength: 1 }),
  state: Type.Union(
    [
      Type.Literal('ok'),
      Type.Literal('not-modified'),
      Type.Literal('stale'),
      Type.Literal('broken'),
      Type.Literal('failing'),
      Type.Literal('blocked'),
      Type.Literal('exhausted'),
    ],
    {
      description:
        'ok: a run reached its end. not-modified: its first page is the same as before. stale: no new quotes for long. broken: its pages are not as expected. failing: its pages cannot be fetched. blocked: its host blocks requests. exhausted: all its quotes are published.',
    },
  ),
  since: Type.String({ description: 'RFC 3339, UTC: when this state began.' }),
  detail: Type.String({ description: 'A sentence for people.' }),
});
export type SourceStatus = Static<typeof SourceStatus>;

/** The progress of a source, shared so that any scraper can continue its runs. */
const Progress = Type.Object({
  reachedEnd: Type.Optional(
    Type.Boolean({ description: 'Whether the pages behind a page without new quotes are known.' }),
  ),
  nextPage: Type.Optional(
    Type.String({
      maxLength: 2_083,
      description: 'The page where the next run resumes after a run that stopped early.',
    }),
  ),
  blockedUntil: Type.Optional(
    Type.String({ description: 'RFC 3339, UTC: until when its host gets no requests.' }),
  ),
  failedRuns: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Failed runs in a row, as far as they are counted.' }),
  ),
  failedRunId: Type.Optional(Type.String({ description: 'The id of the last failed run.' })),
  lastRunAt: Type.Optional(Type.String({ description: 'RFC 3339, UTC: when a run last ended.' })),
  entry: Type.Optional(
    Type.String({
      maxLength: 12,
      description: "The identity of the source's entry, to which all other fields belong.",
    }),
  ),
  front: Type.Optional(
    Type.String({
      maxLength: 600,
      description: 'The quotes of the first page, 6 characters of the id of each.',
    }),
  ),
  pagedItems: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'Items on the first page, when there were more pages.',
    }),
  ),
  sweptAt: Type.Optional(
    Type.String({ description: 'RFC 3339, UTC: when a run last reached the last page.' }),
  ),
  retryAt: Type.Optional(
    Type.String({
      description: 'RFC 3339, UTC: until when a source with repeated failures gets no requests.',
    }),
  ),
  etag: Type.Optional(Type.String({ maxLength: 200, description: "The first page's." })),
  lastModified: Type.Optional(Type.String({ maxLength: 200, description: "The first page's." })),
});

/** A source's state changed, or an hour has passed; under 4 KB. */
export const sourceStatus = defineEvent({
  exchange: 'quotes',
  routingKey: 'source.status',
  data: Type.Intersect([SourceStatus, Progress]),
});
