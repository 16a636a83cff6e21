import {
  createTestTopology,
  deleteTopology,
  drainQueue,
  silentLogger,
  within,
} from '@quotewire/testing';
import { connect } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { declarationsOf } from '../packages/bus/src/rabbitmq/declarations.ts';
import { systemClock } from '../packages/bus/src/rabbitmq/clock.ts';
import { declareTopology } from '../packages/bus/src/rabbitmq/declare-topology.ts';
import { Publisher } from '../packages/bus/src/rabbitmq/publisher.ts';
import { SupervisedConnection } from '../packages/bus/src/rabbitmq/supervised-connection.ts';
import { describeWithBroker } from './support/broker.ts';

describeWithBroker('an event that the broker refuses', (broker) => {
  /** A publisher of jobs with a user id, which the broker compares with the login. */
  async function openPublisher() {
    const { topology, pageRequested, queue } = createTestTopology();
    const { exchange, routingKey } = pageRequested;
    const common = { logger: silentLogger, count: () => {}, clock: systemClock };
    const connection = new SupervisedConnection({
      ...common,
      url: broker.url,
      name: 'test',
      role: 'publish',
      declare: (live) => declareTopology(live, declarationsOf(topology), silentLogger),
    });
    const publisher = new Publisher(connection, { ...common, isMandatory: () => true });
    onTestFinished(async () => {
      await publisher.close();
      await connection.close();
      await deleteTopology(broker.url, topology);
    });
    await connection.firstAttempt;
    const publish = (text: string, to: { userId?: string; exchange?: string } = {}) => {
      const { userId, exchange: toExchange = exchange } = to;
      const properties = { messageId: text, ...(userId === undefined ? {} : { userId }) };
      const body = Buffer.from(text);
      return publisher.publish({ exchange: toExchange, routingKey, body, properties }).then(
        () => 'confirmed',
        (error: { code?: string }) => String(error.code),
      );
    };
    /** The received jobs, in order, without those that the publisher resent. */
    const arrived = async () => {
      const messages = await drainQueue(broker.url, queue.name);
      return [...new Set(messages.map(({ body }) => body.toString()))];
    };
    return { publish, arrived, exchange };
  }

  it('is rejected alone, and the others arrive in order', async () => {
    const { publish, arrived } = await openPublisher();
    const texts = Array.from({ length: 40 }, (_, index) => `job ${index}`);
    const isForeign = (text: string) => text === 'job 7' || text === 'job 8' || text === 'job 33';
    const publishing = texts.map((text) =>
      publish(text, isForeign(text) ? { userId: 'somebody-else' } : {}),
    );
    const outcomes = await within(Promise.all(publishing), { what: 'all publishes settle' });
    expect(outcomes).toEqual(texts.map((text) => (isForeign(text) ? 'REFUSED' : 'confirmed')));
    expect(await arrived()).toEqual(texts.filter((text) => !isForeign(text)));
  });

  it('does not delay later events', async () => {
    const { publish, arrived } = await openPublisher();
    const refused = publish('foreign', { userId: 'somebody-else' });
    expect(await within(refused, { what: 'the event of the foreign user is rejected' })).toBe(
      'REFUSED',
    );
    expect(await within(publish('own'), { what: 'the next event is published' })).toBe('confirmed');
    expect(await arrived()).toEqual(['own']);
  });

  it('is unroutable when its exchange does not exist', async () => {
    const { publish, arrived } = await openPublisher();
    const publishing = [publish('one'), publish('lost', { exchange: 'nowhere' }), publish('two')];
    const outcomes = await within(Promise.all(publishing), { what: 'all publishes settle' });
    expect(outcomes).toEqual(['confirmed', 'UNROUTABLE', 'confirmed']);
    expect(await arrived()).toEqual(['one', 'two']);
  });

  it('is published once its deleted exchange is declared again', async () => {
    const { publish, arrived, exchange } = await openPublisher();
    expect(await publish('before')).toBe('confirmed');
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    await channel.deleteExchange(exchange);
    await connection.close();
    expect(await within(publish('after'), { what: 'the next event is published' })).toBe(
      'confirmed',
    );
    expect(await arrived()).toEqual(['before', 'after']);
  });
});
