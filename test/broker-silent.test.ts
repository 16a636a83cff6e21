import {
  createTestTopology,
  deleteTopology,
  silentLogger,
  startTcpProxy,
  within,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { declarationsOf } from '../packages/bus/src/rabbitmq/declarations.ts';
import { declareTopology } from '../packages/bus/src/rabbitmq/declare-topology.ts';
import { SupervisedConnection } from '../packages/bus/src/rabbitmq/supervised-connection.ts';
import { describeWithBroker } from './support/broker.ts';

describeWithBroker('a connection whose broker stops answering', (broker) => {
  it('is replaced although no heartbeat detects it', async () => {
    const { topology } = createTestTopology();
    const link = await startTcpProxy(broker.url);
    const url = new URL(link.url);
    url.searchParams.set('heartbeat', '0');
    const prepared = Promise.withResolvers<number>();
    let attempts = 0;
    const connection = new SupervisedConnection({
      url: url.href,
      name: 'test',
      role: 'publish',
      async declare(live) {
        attempts += 1;
        if (attempts === 1) link.stall();
        await declareTopology(live, declarationsOf(topology), silentLogger);
        prepared.resolve(attempts);
      },
      logger: silentLogger,
      count: () => {},
      clock: { now: () => performance.now(), wait: () => link.heal() },
    });
    onTestFinished(async () => {
      await connection.close();
      await link.close();
      await deleteTopology(broker.url, topology);
    });
    await expect(connection.firstAttempt).rejects.toThrow("didn't answer within");
    const what = 'everything is declared over a new connection';
    expect(await within(prepared.promise, { what })).toBe(2);
  });
});
