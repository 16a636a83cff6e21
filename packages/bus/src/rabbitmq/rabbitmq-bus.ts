import type { ChannelModel } from 'amqplib';
import type { Bus, BusLogger } from '../bus.ts';
import { createEvent } from '../cloud-event.ts';
import type { BusCount } from '../counters.ts';
import type { Topology } from '../topology.ts';
import { declarationsOf } from './declarations.ts';
import { declareTopology } from './declare-topology.ts';
import { JobConsumer } from './job-consumer.ts';
import { LockKeeper } from './lock-keeper.ts';
import { LogFollower } from './log-follower.ts';
import { messageOf } from './message.ts';
import { type OutgoingMessage, Publisher } from './publisher.ts';
import { StreamSupport } from './stream-support.ts';
import { openConnection } from './connection.ts';
import { SupervisedConnection } from './supervised-connection.ts';

export interface RabbitMqOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps://`. */
  url: string;
  /** This process, for the broker's tools and as the `source` of its events: `/quotewire/<name>`. */
  name: string;
  /** Declared at each connect. */
  topology: Topology;
  logger: BusLogger;
  count?: BusCount;
}

/** A bus over RabbitMQ. */
export interface RabbitMqBus extends Bus {
  /** Resolves when connected; rejects when the first attempt fails, after which it goes on trying all the same. */
  readonly firstConnected: Promise<void>;
}

/**
 * Connects to RabbitMQ 3.10 or newer, with two connections: one to publish, and one to consume,
 * since a broker that's short of memory blocks the whole connection of a publisher. Returns at
 * once, and comes back by itself whenever a connection is lost.
 */
export function connectRabbitMq(options: RabbitMqOptions): RabbitMqBus {
  const { url, name, topology, logger, count = () => {} } = options;
  const source = `/quotewire/${name}`;
  const { logs } = topology;
  const [stream] = declarationsOf({ workQueues: [], logs }).queues;
  const connect = () => openConnection(url, `${name}:probe`);
  const streams = new StreamSupport({ connect, stream, logger, count });
  const prepare = async (connection: ChannelModel) => {
    const isRefused = await streams.askIfRefused();
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
    prepare,
    logger,
    count,
  });
  const consuming = new SupervisedConnection({
    url,
    name,
    role: 'consume',
    prepare,
    logger,
    count,
  });
  // where logs are in memory, nobody may be reading right now
  const isMandatory = (message: OutgoingMessage) =>
    !streams.isRefused || !isOfLog(message, topology);
  const publisher = new Publisher(publishing, { isMandatory, count });
  const locks = new LockKeeper(consuming);
  const readers: { readonly problem: string | undefined; close(): Promise<void> }[] = [];
  let closing: Promise<void> | undefined;

  function problems(): string[] {
    const { problem = publisher.isOpen ? undefined : 'no channel yet' } = publishing;
    return [
      ...(problem === undefined ? [] : [`publishing: ${problem}`]),
      ...(consuming.problem === undefined ? [] : [`consuming: ${consuming.problem}`]),
      ...readers.flatMap((reader) => reader.problem ?? []),
    ];
  }

  async function close(): Promise<void> {
    publisher.hurry();
    await Promise.all(readers.map((reader) => reader.close()));
    await publisher.close();
    await Promise.all([publishing.close(), consuming.close()]);
  }

  const firstConnected = Promise.all([publishing.firstAttempt, consuming.firstAttempt]).then(
    () => {},
  );
  // n.b. who doesn't ask for it shouldn't end by it
  firstConnected.catch(() => {});

  return {
    firstConnected,
    async publish(eventType, data, { cause, correlationId } = {}) {
      const event = createEvent(eventType, data, { source, cause });
      await publisher.publish(messageOf(event, { eventType, correlationId }));
      return event;
    },
    consume(queue, handle, { concurrency = 1 } = {}) {
      const how = { connection: consuming, publisher, concurrency, logger, count };
      const consumer = new JobConsumer({ ...how, queue, handle });
      readers.push(consumer);
      return consumer;
    },
    follow(log, handle, followOptions = {}) {
      const how = { connection: consuming, publisher, streams, source, logger, count };
      const follower = new LogFollower({ ...followOptions, ...how, log, handle });
      readers.push(follower);
      return follower;
    },
    tryLock: (lockName) => locks.tryLock(lockName),
    problems,
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
