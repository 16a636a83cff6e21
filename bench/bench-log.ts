import { defineEvent, type Log, type Topology } from '@quotewire/bus';
import { Type } from 'typebox';

const EXCHANGE = 'bench';

/** The published event. */
export const benchEvent = defineEvent({
  exchange: EXCHANGE,
  routingKey: 'bench.event',
  data: Type.Object({ text: Type.String() }),
});

/** The log that the bench publishes to. */
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

/** The queues and exchanges of the bench, which it deletes at the end. */
export const benchTopology: Topology = { workQueues: [], logs: [benchLog] };

/** A logger that prints only warnings and errors. */
export const quietLogger = {
  info: () => {},
  warn: (details: object, message: string) => print(details, message),
  error: (details: object, message: string) => print(details, message),
};

function print(details: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(details)}\n`);
}
