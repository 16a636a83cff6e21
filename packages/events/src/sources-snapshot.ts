import { defineEvent } from '@quotewire/bus';
import { type Static, Type } from 'typebox';
import { sourceStatus } from './source-status.ts';

/** The last published status of a source, and its time. */
const PublishedSource = Type.Intersect([
  sourceStatus.data,
  Type.Object({
    at: Type.String({
      description:
        'RFC 3339, UTC: when its status was published. A reader with a later status keeps that one.',
    }),
    newsAt: Type.Optional(
      Type.String({ description: 'RFC 3339, UTC: when the source last had new quotes.' }),
    ),
  }),
]);

/** A source in a snapshot. */
export type PublishedSource = Static<typeof PublishedSource>;

/** Repeats the statuses of many sources, so that the newest part of `quotes.log` has all of them. */
export const sourcesSnapshot = defineEvent({
  exchange: 'quotes',
  routingKey: 'sources.snapshot',
  data: Type.Object({ sources: Type.Array(PublishedSource, { minItems: 1 }) }),
});

const MAX_SNAPSHOT_BYTES = 60_000;

/** Divides sources among the fewest events. */
export function snapshotsOf(sources: Iterable<PublishedSource>): { sources: PublishedSource[] }[] {
  const snapshots: { sources: PublishedSource[] }[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const source of sources) {
    const size = Buffer.byteLength(JSON.stringify(source)) + 1;
    if (bytes + size > MAX_SNAPSHOT_BYTES) {
      snapshots.push({ sources: [] });
      bytes = 0;
    }
    snapshots.at(-1)?.sources.push(source);
    bytes += size;
  }
  return snapshots;
}
