import { defineEvent } from '@quotewire/bus';
import { type Static, Type } from 'typebox';

/** What the timer was told. */
export const TimerState = Type.Object({
  state: Type.Union([Type.Literal('running'), Type.Literal('stopped')]),
  intervalSeconds: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    description: 'For sources that set none of their own.',
  }),
});
export type TimerState = Static<typeof TimerState>;

/** Someone started or stopped the timer. */
export const timerChanged = defineEvent({
  exchange: 'timer',
  routingKey: 'timer.changed',
  data: TimerState,
});
