import { defineEvent } from '@quotewire/bus';
import { Type } from 'typebox';

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
      description: 'RFC 3339, UTC: from then on the job is not worth doing.',
    }),
  }),
});
