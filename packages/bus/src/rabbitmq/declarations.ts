import {
  deadLetterQueueName,
  type Log,
  retryQueueName,
  type Topology,
  type WorkQueue,
} from '../topology.ts';

/** The arguments of `queue.declare`. */
export interface QueueDeclaration {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

export interface Binding {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
}

export interface Declarations {
  /** Durable topic exchanges. */
  readonly exchanges: readonly string[];
  readonly queues: readonly QueueDeclaration[];
  readonly bindings: readonly Binding[];
}

/** Redeliveries after which a job is dead-lettered: it probably crashes its consumer. */
const DELIVERY_LIMIT = 20;
/** The length of a dead-letter queue; the oldest letters are dropped first. */
const DEAD_LETTERS_KEPT = 10_000;

/** Translates a topology into RabbitMQ's terms; without streams, the logs are omitted. */
export function declarationsOf(
  { workQueues, logs }: Topology,
  { withStreams = true }: { withStreams?: boolean } = {},
): Declarations {
  const ofQueues = workQueues.map(({ name, event }) => ({ queue: name, ...addressOf(event) }));
  const ofLogs = logs.flatMap(({ name, events, marker }) =>
    [...events, marker].map((event) => ({ queue: name, ...addressOf(event) })),
  );
  return {
    exchanges: [...new Set([...ofQueues, ...ofLogs].map(({ exchange }) => exchange))],
    queues: [...workQueues.flatMap(queuesOf), ...(withStreams ? logs.map(streamOf) : [])],
    bindings: [...ofQueues, ...(withStreams ? ofLogs : [])],
  };
}

function addressOf({ exchange, routingKey }: { exchange: string; routingKey: string }) {
  return { exchange, routingKey };
}

/** @see https://www.rabbitmq.com/docs/quorum-queues#dead-lettering */
function queuesOf(queue: WorkQueue): QueueDeclaration[] {
  const safelyTo = (routingKey: string) => ({
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': routingKey,
    // n.b. at-least-once silently becomes at-most-once unless the overflow is reject-publish
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  });
  return [
    {
      name: queue.name,
      arguments: {
        'x-queue-type': 'quorum',
        'x-max-length': queue.maxLength,
        'x-delivery-limit': DELIVERY_LIMIT,
        ...safelyTo(deadLetterQueueName(queue)),
      },
    },
    ...queue.retryDelaysMs.map((delayMs) => ({
      name: retryQueueName(queue, delayMs),
      arguments: { 'x-queue-type': 'quorum', 'x-message-ttl': delayMs, ...safelyTo(queue.name) },
    })),
    {
      name: deadLetterQueueName(queue),
      arguments: { 'x-queue-type': 'quorum', 'x-max-length': DEAD_LETTERS_KEPT },
    },
  ];
}

/**
 * The declaration of the stream for a log.
 *
 * @see https://www.rabbitmq.com/docs/streams#retention
 */
export function streamOf(log: Log): QueueDeclaration {
  return {
    name: log.name,
    arguments: {
      'x-queue-type': 'stream',
      'x-max-length-bytes': log.maxBytes,
      // n.b. the broker drops whole segments only, and never the newest: small segments keep the bound
      'x-stream-max-segment-size-bytes': Math.max(1_000_000, Math.ceil(log.maxBytes / 20)),
    },
  };
}
