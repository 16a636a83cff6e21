import type { Bus, GapReason } from './bus.ts';
import { type BusCount, busCounters } from './counters.ts';
import type { InvalidMessageReason } from './cloud-event.ts';
import type { Outcome } from './job.ts';
import type { Topology } from './topology.ts';

type Labels = Readonly<Record<string, string>>;

/** What the bus uses of a registry of metrics. */
export interface BusMetrics {
  counters(definitions: typeof busCounters): BusCount;
  gauges(
    name: string,
    options: {
      help: string;
      labels: readonly string[];
      read: () => readonly Sample[] | Promise<readonly Sample[]>;
    },
  ): void;
}

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** The outcomes of publishing that mean the broker, and not the event. */
const PUBLISH_OUTCOMES = ['confirmed', 'refused', 'unconfirmed', 'unroutable', 'overloaded'];
const JOB_OUTCOMES: readonly (Outcome['kind'] | 'repeated')[] = [
  'ack',
  'retry',
  'postpone',
  'dead-letter',
  'repeated',
];
const ENTRY_OUTCOMES: readonly (InvalidMessageReason | 'event' | 'marker')[] = [
  'event',
  'marker',
  'too-large',
  'wrong-content-type',
  'not-json',
  'not-a-cloud-event',
  'unknown-type',
  'invalid-data',
];
const GAP_REASONS: readonly GapReason[] = ['expired', 'other-log'];

/** Declares the counters of a bus. Those whose labels the topology determines start at 0. */
export function busCountersOf(metrics: BusMetrics, { workQueues, logs }: Topology): BusCount {
  const count = metrics.counters(busCounters);
  const events = [
    ...workQueues.map(({ event }) => event),
    ...logs.flatMap(({ events: inLog }) => inLog),
  ];
  for (const { exchange, routingKey: routing_key } of events) {
    for (const outcome of PUBLISH_OUTCOMES) {
      count('amqp_messages_published_total', { exchange, routing_key, outcome }, 0);
    }
  }
  for (const { name: queue } of workQueues) {
    count('amqp_consumer_cancellations_total', { queue }, 0);
    for (const outcome of JOB_OUTCOMES) {
      count('amqp_messages_consumed_total', { queue, outcome }, 0);
    }
  }
  for (const { name: log } of logs) {
    for (const outcome of ENTRY_OUTCOMES) count('amqp_log_entries_total', { log, outcome }, 0);
    for (const reason of GAP_REASONS) count('amqp_log_gaps_total', { log, reason }, 0);
  }
  return count;
}

/** Declares the gauges of a bus: its connections, the logs that it follows, and the queues on the broker. */
export function exposeBus(bus: Bus, metrics: BusMetrics): void {
  const status = () => bus.status();
  metrics.gauges('amqp_connection_up', {
    help: '1 while the connection to the broker is open.',
    labels: ['role'],
    read: () => status().connections.map(({ role, isOpen }) => flag({ role }, isOpen)),
  });
  metrics.gauges('amqp_connection_blocked', {
    help: '1 while the broker blocks the connection, because it is short of memory or disk.',
    labels: ['role'],
    read: () => status().connections.map(({ role, isBlocked }) => flag({ role }, isBlocked)),
  });
  metrics.gauges('amqp_messages_unconfirmed', {
    help: "Events that wait for the broker's confirm.",
    labels: [],
    read: () => [{ labels: {}, value: status().unconfirmed }],
  });
  metrics.gauges('amqp_log_caught_up', {
    help: '1 once the process has read the log to its end, 0 again while it reads on after a lost connection.',
    labels: ['log'],
    read: () => status().logs.map(({ log, isCaughtUp }) => flag({ log }, isCaughtUp)),
  });
  metrics.gauges('amqp_log_offset', {
    help: 'Offset of the last entry read. The difference to the largest of all processes is the lag of a process.',
    labels: ['log'],
    read: () => status().logs.flatMap(({ log, offset: value }) => sample({ log }, value)),
  });
  metrics.gauges('amqp_log_entry_timestamp_seconds', {
    help: 'When the last entry read was published.',
    labels: ['log'],
    read: () =>
      status().logs.flatMap(({ log, publishedAtMs: ms }) =>
        sample({ log }, ms === undefined ? undefined : ms / 1_000),
      ),
  });
  metrics.gauges('amqp_queue_messages', {
    help: 'Messages in a queue that no consumer holds, as the broker counts them. Absent while the broker does not answer.',
    labels: ['queue', 'use'],
    read: async () =>
      (await bus.measureQueues()).map(({ queue, use, messages: value }) => ({
        labels: { queue, use },
        value,
      })),
  });
  metrics.gauges('amqp_queue_consumers', {
    help: 'Consumers of a work queue. Absent while the broker does not answer.',
    labels: ['queue'],
    read: async () =>
      (await bus.measureQueues()).flatMap(({ queue, use, consumers: value }) =>
        use === 'work' ? [{ labels: { queue }, value }] : [],
      ),
  });
}

function flag(labels: Labels, isSet: boolean): Sample {
  return { labels, value: isSet ? 1 : 0 };
}

function sample(labels: Labels, value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels, value }];
}
