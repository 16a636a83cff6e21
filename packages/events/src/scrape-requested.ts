import { defineEvent } from '@quotewire/bus';
import { Type } from 'typebox';

/** The state of a run after its earlier pages. */
const RunMemory = Type.Object({
  entry: Type.String({
    maxLength: 12,
    description: "The identity of the source's entry that the run began with.",
  }),
  seen: Type.String({
    maxLength: 24_000,
    description: 'The addresses of these pages, 8 characters of the hash of each.',
  }),
  previous: Type.Optional(
    Type.Object(
      { url: Type.String({ maxLength: 2_083 }), content: Type.String({ maxLength: 8 }) },
      { description: 'The page before, and 8 characters of the hash of its content.' },
    ),
  ),
  recheck: Type.Optional(
    Type.Object(
      { content: Type.String({ maxLength: 8 }), nextUrl: Type.String({ maxLength: 2_083 }) },
      {
        description:
          'This page is read again: with this content it is the last one; otherwise the run continues there.',
      },
    ),
  ),
  front: Type.String({
    maxLength: 600,
    description: 'The quotes of the first page, 6 characters of the id of each.',
  }),
  isConnected: Type.Boolean({
    description: 'Whether one of these pages had a quote of the first page of the run before.',
  }),
  pagedItems: Type.Optional(Type.Integer({ minimum: 0, description: 'Items on the first page.' })),
  problem: Type.Optional(
    Type.String({ maxLength: 500, description: 'The problem of the first page.' }),
  ),
  etag: Type.Optional(Type.String({ maxLength: 200, description: "The first page's." })),
  lastModified: Type.Optional(Type.String({ maxLength: 200, description: "The first page's." })),
});

/** A job: one page of one run of a source. */
export const scrapeRequested = defineEvent({
  exchange: 'quotes',
  routingKey: 'scrape.requested',
  data: Type.Object({
    source: Type.String({ minLength: 1, description: "The source's name." }),
    runId: Type.String({ minLength: 1, description: 'The same for all pages of a run.' }),
    page: Type.Integer({ minimum: 1 }),
    url: Type.String({ minLength: 1, description: 'Absolute.' }),
    expiresAt: Type.String({
      description: 'RFC 3339, UTC: when the job expires.',
    }),
    intervalSeconds: Type.Optional(
      Type.Integer({ minimum: 1, description: 'How often the source is due.' }),
    ),
    run: Type.Optional(RunMemory),
  }),
});
