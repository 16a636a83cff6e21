import { defineEvent } from '@quotewire/bus';
import { Type } from 'typebox';
import { TimerState } from './timer-changed.ts';

/**
 * Repeats the timer's state before the log drops it. A snapshot of many sources
 * has several parts.
 */
export const timerSnapshot = defineEvent({
  exchange: 'timer',
  routingKey: 'timer.snapshot',
  data: Type.Object({
    id: Type.String({ minLength: 1, description: 'The same in all parts.' }),
    part: Type.Integer({ minimum: 1 }),
    parts: Type.Integer({ minimum: 1 }),
    told: Type.Optional(
      Type.Object(
        {
          ...TimerState.properties,
          since: Type.Integer({
            description:
              'The offset of the timer.changed with this state; -1 when the log no longer has that entry.',
          }),
        },
        { description: 'The last state of the timer, if it has one.' },
      ),
    ),
    lastSlots: Type.Array(Type.Object({ source: Type.String(), slot: Type.String() }), {
      description: 'The last used slot of each source.',
    }),
  }),
});
