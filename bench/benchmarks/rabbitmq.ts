import { setTimeout as delay } from 'node:timers/promises';
import { connectRabbitMq } from '@quotewire/bus';
import { deleteTopology } from '@quotewire/testing';
import { benchEvent, benchTopology, quietLogger } from '../bench-log.ts';
import type { ContenderName } from '../contender.ts';
import { Crowd } from '../crowd.ts';
import { markData } from '../events.ts';
import { quantile } from '../figures.ts';
import { startServer } from '../server-process.ts';
import { verifyExactDelivery, type Publish, publishTo, setStage } from '../fixture.ts';

/** The events a second for each of the two servers, in turn. */
const EVENTS_PER_SECOND = 20;

export interface RabbitMqPartOptions {
  /** `amqp://user:password@host:port/vhost`. */
  url: string;
  subscribers: number;
  events: number;
}

/** The time from publishing an event to its arrival at the last subscriber. */
export interface LastArrivalFigures {
  readonly name: ContenderName;
  readonly subscribers: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Measures the whole path over RabbitMQ, and the hub alone for comparison. */
export async function measureRabbitMq({
  url,
  subscribers,
  events,
}: RabbitMqPartOptions): Promise<LastArrivalFigures[]> {
  const bus = connectRabbitMq({
    url,
    name: 'bench-publisher',
    topology: benchTopology,
    logger: quietLogger,
  });
  try {
    await bus.firstConnected;
    const publish: Publish = async (text) => {
      await bus.publish(benchEvent, { text });
    };
    const server = await startServer('hub-rabbitmq');
    const crowd = new Crowd({ port: server.port, size: subscribers, collectors: subscribers });
    await crowd.join();
    await verifyExactDelivery(crowd, publish);
    crowd.stopCollecting();
    const alone = await setStage('hub', { subscribers });
    const ways = [
      { name: 'hub' as const, crowd: alone.crowd, publish: await publishTo(alone.server) },
      { name: 'hub-rabbitmq' as const, crowd, publish },
    ];
    const lastArrivals = await measureInTurn(ways, events);
    for (const way of ways) way.crowd.close();
    await Promise.all([server.stop(), alone.server.stop()]);
    return ways.map(({ name }, index) => {
      const ms = lastArrivals[index] ?? [];
      return { name, subscribers, p50Ms: quantile(ms, 0.5), p99Ms: quantile(ms, 0.99) };
    });
  } finally {
    await bus.close();
    await deleteTopology(url, benchTopology);
  }
}

async function measureInTurn(
  ways: readonly { crowd: Crowd; publish: Publish }[],
  events: number,
): Promise<number[][]> {
  const lastArrivals = ways.map((): number[] => []);
  for (let number = 0; number < events; number += 1) {
    for (const [index, { crowd, publish }] of ways.entries()) {
      const pause = delay(1_000 / EVENTS_PER_SECOND / ways.length);
      const arrived = crowd.mark();
      await publish(markData(number));
      lastArrivals[index]?.push(Math.max(...(await arrived)));
      await pause;
    }
  }
  return lastArrivals;
}
