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
    { description: 'ok: a run reached its end.' },
  ),
  since: Type.String({ description: 'RFC 3339, UTC: when this state began.' }),
  detail: Type.String({ description: 'A sentence for people.' }),
});
export type SourceStatus = Static<typeof SourceStatus>;

/** A source's state changed. */
export const sourceStatus = defineEvent({
  exchange: 'quotes',
  routingKey: 'source.status',
  data: Type.Intersect([
    SourceStatus,
    Type.Object({
      reachedEnd: Type.Optional(
        Type.Boolean({ description: 'Whether any run so far came to the last page.' }),
      ),
    }),
  ]),
});
