/** What the bus counts, under the names and labels that a metrics library can take over as they are. */
export const busCounters = {
  amqp_messages_published_total: {
    help: 'Events published, by outcome: confirmed, or the code of the error in lower case.',
    labels: ['exchange', 'routing_key', 'outcome'],
  },
  amqp_messages_consumed_total: {
    help: 'Jobs consumed, by outcome: ack, retry, postpone, dead-letter, or repeated (done before by this process).',
    labels: ['queue', 'outcome'],
  },
  amqp_log_entries_total: {
    help: 'Log entries read, by outcome: event, marker, or why the entry was skipped.',
    labels: ['log', 'outcome'],
  },
  amqp_log_gaps_total: {
    help: "Times a follower couldn't go on where it was, by reason.",
    labels: ['log', 'reason'],
  },
  amqp_features_refused_total: {
    help: 'Features that the broker refused and the bus does without, at most once a process.',
    labels: ['feature'],
  },
  amqp_connections_total: {
    help: 'Connections opened to the broker, by role.',
    labels: ['role'],
  },
} as const satisfies Record<string, { help: string; labels: readonly string[] }>;

/** Adds one to a counter. */
export type BusCount = (counter: keyof typeof busCounters, labels: Record<string, string>) => void;
