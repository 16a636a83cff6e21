import { defineEvent } from '@quotewire/bus';
import { Type } from 'typebox';

/** What a follower of `quotes.log` publishes to learn where its end is; it never leaves the process. */
export const quotesMarker = defineEvent({
  exchange: 'quotes',
  routingKey: 'log.marker',
  data: Type.Object({}),
});

/** The same for `timer.log`. */
export const timerMarker = defineEvent({
  exchange: 'timer',
  routingKey: 'log.marker',
  data: Type.Object({}),
});

/** The same for `chat.log`. */
export const chatMarker = defineEvent({
  exchange: 'chat',
  routingKey: 'log.marker',
  data: Type.Object({}),
});
