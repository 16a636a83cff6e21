import type { ChannelModel } from 'amqplib';
import type { Bus, BusLogger, LogStatus, ProblemsOptions } from '../bus.ts';
import { createEvent } from '../cloud-event.ts';
import { type BusCount, countPublish } from '../counters.ts';
import { queuesOf, type Topology } from '../topology.ts';
import { declarationsOf, streamOf } from './declarations.ts';
import { declareTopology } from './declare-topology.ts';
import { JobConsumer } from './job-consumer.ts';
import { LockKeeper } from './lock-keeper.ts';
import { LogFollower } from './log-follower.ts';
import { messageOf, type OutgoingMessage } from './message.ts';
import { Publisher } from './publisher.ts';
import { QueueDepths } from './queue-depths.ts';
import { StreamSupport } from './stream-support.ts';
import { type BusClock, systemClock } from './clock.ts';
import { type BrokerUrl, openConnection } from './connection.ts';
import { SupervisedConnection } from './supervised-connection.ts';

export interface RabbitMqOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps://`; for a cluster, the URLs of all nodes. */
  url: BrokerUrl;
  /** The name of this process in the broker's tools and in the `source` of its events: `/quotewire/<name>`. */
  name: string;
  /** Declared at each connect. */
  topology: Topology;
  logger: BusLogger;
  count?: BusCount;
  /** Default: the machine's clock. */
  clock?: BusClock;
  /** How often to check that a growing log delivers its entries. Default 15,000; longer than RabbitMQ takes to count an entry, 5,000. */
  checkDeliveryEveryMs?: number;
}

/** A bus over RabbitMQ. */
export interface RabbitMqBus extends Bus {
  /** Resolves when connected; rejects when the first attempt fails. The bus keeps trying either way. */
  readonly firstConnected: Promise<void>;
}

/**
 * Connects to RabbitMQ 3.10 or newer, with one connection to publish and one to consume, since a
 * broker that is short of memory blocks the whole connection of a publisher. Returns at once, and
 * reconnects whenever a connection is lost.
 */
export function connectRabbitMq(options: RabbitMqOptions): RabbitMqBus {
  const { url, name, topology, logger, count = () => {}, clock = systemClock } = options;
  const { checkDeliveryEveryMs } = options;
  const source = `/quotewire/${name}`;
  const [anyLog] = topology.logs;
  const stream = anyLog === undefined ? undefined : streamOf(anyLog);
  const connect = () => openConnection(url, `${name}:probe`);
  const streams = new StreamSupport({ connect, stream, logger, count });
  const declare = async (connection: ChannelModel) => {
    const isRefused = await streams.probeStreams();
    await declareTopology(
      connection,
      declarationsOf(topology, { withStreams: !isRefused }),
      logger,
    );
  };
  const publishing = new SupervisedConnection({
    url,
    name,
    role: 'publish',
    declare,
    logger,
    count,
    clock,
  });
  const consuming = new SupervisedConnection({
    url,
    name,
    role: 'consume',
    declare,
    logger,
    count,
    clock,
  });
  // without streams, a log without a follower has no queue
  const isMandatory = (message: OutgoingMessage) =>
    !streams.isRefused || !isOfLog(message, topology);
  const publisher = new Publisher(publishing, { isMandatory, count, clock });
  const locks = new LockKeeper(consuming);
  const readers: { readonly problem: string | undefined; close(): Promise<void> }[] = [];
  const followers: { readonly status: LogStatus }[] = [];
  const depths = new QueueDepths({ connection: consuming, queues: queuesOf(topology), clock });
  let closing: Promise<void> | undefined;

  function problems({ withPublishing = true }: ProblemsOptions = {}): string[] {
    const problem = publishing.problem ?? publisher.problem;
    return [
      ...(problem === undefined || !withPublishing ? [] : [`publishing: ${problem}`]),
      ...(consuming.problem === undefined ? [] : [`consuming: ${consuming.problem}`]),
      ...readers.flatMap((reader) => reader.problem ?? []),
    ];
  }

  async function close(): Promise<void> {
    publisher.shortenDeadlines();
    await Promise.all(readers.map((reader) => reader.close()));
    await publisher.close();
    await Promise.all([publishing.close(), consuming.close()]);
  }

  const firstConnected = Promise.all([publishing.firstAttempt, consuming.firstAttempt]).then(
    () => {},
  );
  // an unobserved rejection must not crash the process
  firstConnected.catch(() => {});

  return {
    firstConnected,
    publish(eventType, data, { cause, correlationId, traceparent } = {}) {
      return countPublish(count, eventType, async () => {
        const event = createEvent(eventType, data, { source, cause, traceparent });
        await publisher.send(messageOf(event, { eventType, correlationId }));
        return event;
      });
    },
    consume(queue, handle, { concurrency = 1 } = {}) {
      const redeclare = async () => {
        if (consuming.live !== undefined) await declare(consuming.live.connection);
      };
      const common = { logger, count, clock };
      const how = { connection: consuming, publisher, concurrency, redeclare, ...common };
      const consumer = new JobConsumer({ ...how, queue, handle });
      readers.push(consumer);
      return consumer;
    },
    follow(log, handle, followOptions = {}) {
      const common = { connection: consuming, publisher, streams, source, logger, count };
      const how = { ...common, checkDeliveryEveryMs };
      const follower = new LogFollower({ ...followOptions, ...how, log, handle });
      readers.push(follower);
      followers.push(follower);
      return follower;
    },
    tryLock: (lockName) => locks.tryLock(lockName),
    problems,
    status: () => ({
      connections: [publishing, consuming].map(({ role, live, isBlocked }) => ({
        role,
        isOpen: live !== undefined,
        isBlocked,
      })),
      unconfirmed: publisher.unconfirmed,
      logs: followers.map(({ status }) => status),
    }),
    measureQueues: () => depths.measure(),
    shortenDeadlines: () => publisher.shortenDeadlines(),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function isOfLog({ exchange, routingKey }: OutgoingMessage, { logs }: Topology): boolean {
  return logs.some(({ events, marker }) =>
    [...events, marker].some(
      (event) => event.exchange === exchange && event.routingKey === routingKey,
    ),
  );
}
