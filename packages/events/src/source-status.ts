import { defineEvent } from '@quotewire/bus';
import { type Static, Type } from 'typebox';

/** How a source is doing; also what browsers receive. */
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
        'ok: a run reached its end. not-modified: its first page is the same as before. stale: nothing new for long. broken: its pages are not as expected. failing: its pages cannot be had. blocked: it wants to be left alone. exhausted: all its quotes are published.',
    },
  ),
  since: Type.String({ description: 'RFC 3339, UTC: when this state began.' }),
  detail: Type.String({ description: 'A sentence for people.' }),
});
export type SourceStatus = Static<typeof SourceStatus>;

/** What scrapers tell each other of a source, so that any of them can go on. */
const Progress = Type.Object({
  reachedEnd: Type.Optional(
    Type.Boolean({ description: 'Whether what is behind a page without news is known.' }),
  ),
  nextPage: Type.Optional(
    Type.String({ maxLength: 1_000, description: 'Where a run was cut: the next one goes on.' }),
  ),
  blockedUntil: Type.Optional(
    Type.String({ description: 'RFC 3339, UTC: its host is to be left alone until then.' }),
  ),
  failedRuns: Type.Optional(
    Type.Integer({ minimum: 0, description: 'How many in a row, as far as they are counted.' }),
  ),
  failedRunId: Type.Optional(Type.String({ description: 'The last of them.' })),
  lastRunAt: Type.Optional(Type.String({ description: 'RFC 3339, UTC: when a run last ended.' })),
  etag: Type.Optional(Type.String({ maxLength: 200, description: "The first page's." })),
  lastModified: Type.Optional(Type.String({ maxLength: 200, description: "The first page's." })),
});

/** A source's state changed, or an hour went by; under 4 KB. */
export const sourceStatus = defineEvent({
  exchange: 'quotes',
  routingKey: 'source.status',
  data: Type.Intersect([SourceStatus, Progress]),
});
