import { BusError } from './errors.ts';

/** The counters of the bus, with names and labels in the form of Prometheus. */
export const busCounters = {
  amqp_messages_published_total: {
    help: 'Events published, by outcome: confirmed, or the code of the error in lower case.',
    labels: ['exchange', 'routing_key', 'outcome'],
  },
  amqp_messages_consumed_total: {
    help: 'Jobs consumed, by outcome: ack, retry, postpone, dead-letter, or repeated (this process did or republished it before).',
    labels: ['queue', 'outcome'],
  },
  amqp_consumer_cancellations_total: {
    help: 'Consumers that the broker cancelled, mostly because the queue was deleted with its jobs.',
    labels: ['queue'],
  },
  amqp_log_entries_total: {
    help: 'Log entries read, by outcome: event, marker, or the reason why the entry was skipped.',
    labels: ['log', 'outcome'],
  },
  amqp_log_gaps_total: {
    help: "Times a follower couldn't resume at its position, by reason.",
    labels: ['log', 'reason'],
  },
  amqp_features_refused_total: {
    help: 'Features that the broker lacks, streams or quorum-queues, each at most once in a process.',
    labels: ['feature'],
    zeros: [{ feature: 'streams' }, { feature: 'quorum-queues' }],
  },
  amqp_connections_total: {
    help: 'Connections opened to the broker, by role.',
    labels: ['role'],
    zeros: [{ role: 'publish' }, { role: 'consume' }],
  },
} as const satisfies Record<
  string,
  {
    help: string;
    labels: readonly string[];
    zeros?: readonly Readonly<Record<string, string>>[];
  }
>;

/** Increments a counter, by 1 unless `by` is given. */
export type BusCount = (
  counter: keyof typeof busCounters,
  labels: Record<string, string>,
  by?: number,
) => void;

/** Counts a publish by its outcome, and returns its result or throws its error. */
export async function countPublish<T>(
  count: BusCount,
  { exchange, routingKey }: { readonly exchange: string; readonly routingKey: string },
  publish: () => Promise<T>,
): Promise<T> {
  const countAs = (outcome: string) =>
    count('amqp_messages_published_total', { exchange, routing_key: routingKey, outcome });
  let result: T;
  try {
    result = await publish();
  } catch (error) {
    countAs(error instanceof BusError ? error.code.toLowerCase() : 'error');
    throw error;
  }
  countAs('confirmed');
  return result;
}
