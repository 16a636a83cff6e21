import {
  deadLetterQueueName,
  type Log,
  retryQueueName,
  type Topology,
  type WorkQueue,
} from '../topology.ts';

/** A queue as `queue.declare` wants it. */
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

/** A redelivery counts when the process died with the job in hand; after so many the job itself is suspect. */
const DELIVERY_LIMIT = 20;
/** Jobs that someone should look at; the oldest go first. */
const DEAD_LETTERS_KEPT = 10_000;

/** What a topology means in RabbitMQ's own terms; without streams its logs are no queues. */
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
    // n.b. at-least-once is silently at-most-once unless a full queue rejects
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

/** @see https://www.rabbitmq.com/docs/streams#retention */
function streamOf(log: Log): QueueDeclaration {
  return {
    name: log.name,
    arguments: {
      'x-queue-type': 'stream',
      'x-max-length-bytes': log.maxBytes,
      // n.b. only whole segments are dropped, and never the newest: many small ones keep the bound
      'x-stream-max-segment-size-bytes': Math.max(1_000_000, Math.ceil(log.maxBytes / 20)),
    },
  };
}
