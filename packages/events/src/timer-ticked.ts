import { defineEvent } from '@quotewire/bus';
import { Type } from 'typebox';

/** The timer requested a run of a source. */
export const timerTicked = defineEvent({
  exchange: 'timer',
  routingKey: 'timer.ticked',
  data: Type.Object({
    source: Type.String({ minLength: 1 }),
    runId: Type.String({ minLength: 1 }),
    slot: Type.String({
      description: 'RFC 3339, UTC: when the source was due, or the moment of a manual request.',
    }),
  }),
});
