import { defineEvent } from '@quotewire/bus';
import { type Static, Type } from 'typebox';

/** The state of the timer. */
export const TimerState = Type.Object({
  state: Type.Union([Type.Literal('running'), Type.Literal('stopped')]),
  intervalSeconds: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    description: 'For sources that set none of their own.',
  }),
});
export type TimerState = Static<typeof TimerState>;

/** The timer was started or stopped. */
export const timerChanged = defineEvent({
  exchange: 'timer',
  routingKey: 'timer.changed',
  data: TimerState,
});
