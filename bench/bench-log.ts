import { defineEvent, type Log, type Topology } from '@quotewire/bus';
import { Type } from 'typebox';

const EXCHANGE = 'bench';

/** What's published: the data of an event. */
export const benchEvent = defineEvent({
  exchange: EXCHANGE,
  routingKey: 'bench.event',
  data: Type.Object({ text: Type.String() }),
});

/** The log that it's published to. */
export const benchLog: Log<typeof benchEvent> = {
  name: 'bench.log',
  events: [benchEvent],
  marker: defineEvent({
    exchange: EXCHANGE,
    routingKey: 'log.marker',
    data: Type.Object({}),
  }),
  maxBytes: 16 * 1024 * 1024,
};

/** All that the bench needs on a broker; it's deleted at the end. */
export const benchTopology: Topology = { workQueues: [], logs: [benchLog] };

/** Where log lines go that only matter when something goes wrong. */
export const quietLogger = {
  info: () => {},
  warn: (details: object, message: string) => tell(details, message),
  error: (details: object, message: string) => tell(details, message),
};

function tell(details: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(details)}\n`);
}
