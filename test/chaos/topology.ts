import { defineEvent, type Log, type Topology, type WorkQueue } from '@quotewire/bus';
import { Type } from 'typebox';

const exchange = 'chaos';
const data = Type.Object({ n: Type.Integer({ minimum: 0 }) });

/** Numbered events, which the recorder publishes to the log in turns. */
export const evenRecorded = defineEvent({ exchange, routingKey: 'even.recorded', data });
export const oddRecorded = defineEvent({ exchange, routingKey: 'odd.recorded', data });
/** A numbered job. */
export const requested = defineEvent({ exchange, routingKey: 'job.requested', data });
/** Published to the log by a worker that has done a job. */
export const done = defineEvent({
  exchange,
  routingKey: 'job.done',
  data: Type.Object({ n: Type.Integer({ minimum: 0 }), isRepeat: Type.Boolean() }),
});

export const jobs: WorkQueue<typeof requested> = {
  name: 'chaos.jobs',
  event: requested,
  maxLength: 1_000_000,
  retryDelaysMs: [100, 500],
};

export const history: Log<typeof evenRecorded | typeof oddRecorded | typeof done> = {
  name: 'chaos.log',
  events: [evenRecorded, oddRecorded, done],
  marker: defineEvent({ exchange, routingKey: 'log.marker', data: Type.Object({}) }),
  maxBytes: 1_000_000_000,
};

export const topology: Topology = { workQueues: [jobs], logs: [history] };

/** Detects silence within a few seconds, so that a short run has room for many faults. */
export const HEARTBEAT = 'heartbeat=2';
