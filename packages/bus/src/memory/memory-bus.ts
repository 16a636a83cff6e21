import type { Bus, BusLogger, LogStatus } from '../bus.ts';
import { CONTENT_TYPE, createEvent, encodeEvent } from '../cloud-event.ts';
import { type BusCount, countPublish } from '../counters.ts';
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

/** A bus within one process. */
export interface MemoryBus extends Bus {
  /** The dead letters of a queue. */
  deadLetters(queueName: string): readonly DeadLetter[];
}

/**
 * Creates a bus within one process. It behaves like the bus over RabbitMQ and carries the same
 * bytes, but keeps all events in memory: they are lost when the process ends.
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
  const followers: { readonly status: LogStatus }[] = [];
  /** Resolves the `lost` of each lock that is held. */
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
    publish(eventType, data, { cause, traceparent } = {}) {
      return countPublish(count, eventType, async () => {
        if (isClosed) throw new BusError('CLOSED', 'the bus was closed');
        const event = createEvent(eventType, data, { source, cause, traceparent });
        route(eventType, encodeEvent(event));
        return event;
      });
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
      const reader = new LogReader({ ...options, log, handle, logger, count });
      const marker = encodeEvent(createEvent(log.marker, {}, { source }));
      const end = target.append({ body: marker, contentType: CONTENT_TYPE });
      const follower = target.follow(reader, end);
      readers.push(follower);
      followers.push(follower);
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
    status: () => ({
      connections: [],
      unconfirmed: 0,
      logs: followers.map(({ status }) => status),
    }),
    measureQueues: async () => queues.flatMap(({ depths }) => depths),
    shortenDeadlines() {},
    async close() {
      // jobs in progress may publish until they end
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
