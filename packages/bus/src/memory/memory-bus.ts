import type { Bus, BusLogger } from '../bus.ts';
import { CONTENT_TYPE, createEvent, encodeEvent } from '../cloud-event.ts';
import type { BusCount } from '../counters.ts';
import { BusError } from '../errors.ts';
import type { EventType } from '../event-type.ts';
import { LogReader } from '../log-reader.ts';
import type { Topology } from '../topology.ts';
import { MemoryLog } from './memory-log.ts';
import { type DeadLetter, MemoryQueue } from './memory-queue.ts';

export interface MemoryBusOptions {
  /** The `source` of the events: `/quotewire/<name>`. */
  name: string;
  topology: Topology;
  logger: BusLogger;
  count?: BusCount;
}

/** A bus for one process. */
export interface MemoryBus extends Bus {
  /** The jobs of a queue that nobody could do. */
  deadLetters(queueName: string): readonly DeadLetter[];
}

/**
 * A bus within one process, which behaves as the one over RabbitMQ does and carries the same
 * bytes, but keeps everything in memory: it's gone with the process.
 */
export function createMemoryBus({
  name,
  topology,
  logger,
  count = () => {},
}: MemoryBusOptions): MemoryBus {
  const source = `/quotewire/${name}`;
  const queues = topology.workQueues.map((queue) => new MemoryQueue(queue, { logger, count }));
  const logs = topology.logs.map((log) => new MemoryLog(log));
  const readers: { readonly problem?: string | undefined; close(): Promise<void> }[] = [];
  /** Tells the holder of each lock that it's lost. */
  const locks = new Map<string, (reason: string) => void>();
  let isClosed = false;

  function route(eventType: EventType, body: Buffer): void {
    const { exchange, routingKey } = eventType;
    const takes = (event: EventType) =>
      event.exchange === exchange && event.routingKey === routingKey;
    const toQueues = queues.filter(({ queue }) => takes(queue.event));
    const toLogs = logs.filter(({ log }) => [...log.events, log.marker].some(takes));
    if (toQueues.length + toLogs.length === 0) {
      throw new BusError('UNROUTABLE', `no queue takes ${routingKey} from "${exchange}"`);
    }
    for (const queue of toQueues) queue.push({ body, contentType: CONTENT_TYPE, attempt: 0 });
    for (const log of toLogs) log.append({ body, contentType: CONTENT_TYPE });
  }

  function named<T>(found: T | undefined, what: string): T {
    if (found === undefined) throw new Error(`${what} isn't in the topology`);
    return found;
  }

  return {
    async publish(eventType, data, { cause } = {}) {
      const labels = { exchange: eventType.exchange, routing_key: eventType.routingKey };
      try {
        if (isClosed) throw new BusError('CLOSED', 'the bus was closed');
        const event = createEvent(eventType, data, { source, cause });
        route(eventType, encodeEvent(event));
        count('amqp_messages_published_total', { ...labels, outcome: 'confirmed' });
        return event;
      } catch (error) {
        const outcome = (error as BusError).code.toLowerCase();
        count('amqp_messages_published_total', { ...labels, outcome });
        throw error;
      }
    },
    consume(queue, handle, { concurrency = 1 } = {}) {
      const target = named(
        queues.find((candidate) => candidate.queue.name === queue.name),
        queue.name,
      );
      const consumer = target.consume(handle, concurrency);
      readers.push(consumer);
      return consumer;
    },
    follow(log, handle, options = {}) {
      const target = named(
        logs.find((candidate) => candidate.log.name === log.name),
        log.name,
      );
      const marker = encodeEvent(createEvent(log.marker, {}, { source }));
      const end = target.append({ body: marker, contentType: CONTENT_TYPE });
      const follower = target.follow(
        new LogReader({ ...options, log, handle, logger, count }),
        end,
      );
      readers.push(follower);
      return follower;
    },
    async tryLock(lockName) {
      if (isClosed) throw new BusError('CLOSED', 'the bus was closed');
      if (locks.has(lockName)) return undefined;
      const { promise: lost, resolve } = Promise.withResolvers<string>();
      locks.set(lockName, resolve);
      const release = async () => {
        if (locks.get(lockName) === resolve) locks.delete(lockName);
        resolve('released');
      };
      return { lost, release };
    },
    problems: () => (isClosed ? ['closed'] : readers.flatMap(({ problem }) => problem ?? [])),
    async close() {
      // the work in hand may publish until it's done
      await Promise.all(readers.map((reader) => reader.close()));
      isClosed = true;
      for (const lose of locks.values()) lose('closed');
      for (const queue of queues) queue.close();
    },
    deadLetters: (queueName) =>
      named(
        queues.find(({ queue }) => queue.name === queueName),
        queueName,
      ).deadLetters,
  };
}
