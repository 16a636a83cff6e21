import {
  connectRabbitMq,
  CONTENT_TYPE,
  createEvent,
  deadLetterQueueName,
  encodeEvent,
} from '@quotewire/bus';
import {
  createTestTopology,
  deleteTopology,
  drainQueue,
  eventually,
  publishRaw,
  type RawMessage,
  silentLogger,
  type TestTopology,
  within,
} from '@quotewire/testing';
import { describeBus } from '@quotewire/testing/bus-contract';
import { connect } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

describeWithBroker('a bus over RabbitMQ', (broker) => {
  async function open(names: TestTopology) {
    const { topology, queue } = names;
    const counts: string[] = [];
    const bus = connectRabbitMq({
      url: broker.url,
      name: 'test',
      topology,
      logger: silentLogger,
      count: (counter, labels) => counts.push(`${counter} ${Object.values(labels).join(' ')}`),
    });
    await bus.firstConnected;
    const deadLetters: RawMessage[] = [];
    return {
      bus,
      counts,
      async deadLetters() {
        deadLetters.push(...(await drainQueue(broker.url, deadLetterQueueName(queue))));
        return deadLetters.map(({ body, headers }) => ({
          body,
          reason: String(headers['x-dead-letter-reason']),
        }));
      },
      async close() {
        await bus.close();
        await deleteTopology(broker.url, topology);
      },
    };
  }

  async function openForTest() {
    const names = createTestTopology();
    const opened = await open(names);
    onTestFinished(() => opened.close());
    return { ...names, ...opened };
  }

  describeBus('keeps the contract', { open });

  it('grants a lock only after another process has released it', async () => {
    const one = await openForTest();
    const other = connectRabbitMq({
      url: broker.url,
      name: 'other',
      topology: one.topology,
      logger: silentLogger,
    });
    onTestFinished(() => other.close());
    await other.firstConnected;
    const name = `${one.queue.name}.lock`;
    const lock = await one.bus.tryLock(name);
    expect(lock).toBeDefined();
    expect(await other.tryLock(name)).toBeUndefined();
    await lock?.release();
    expect(await other.tryLock(name)).toBeDefined();
  });

  it('passes an invalid log entry to the handler with its position and without an event', async () => {
    const { bus, counts, exchange, log, wordSaid } = await openForTest();
    const address = { exchange, routingKey: wordSaid.routingKey };
    await publishRaw(broker.url, { ...address, body: Buffer.from('{'), contentType: CONTENT_TYPE });
    await publishRaw(broker.url, { ...address, body: Buffer.from('plain text') });
    await bus.publish(wordSaid, { word: 'good' });
    const words: (string | undefined)[] = [];
    const follower = bus.follow(log, ({ event }) => words.push(event?.data.word));
    await within(follower.caughtUp, { what: 'the follower catches up' });
    expect(words.slice(0, 3)).toEqual([undefined, undefined, 'good']);
    expect(counts).toContain(`amqp_log_entries_total ${log.name} not-json`);
    expect(counts).toContain(`amqp_log_entries_total ${log.name} wrong-content-type`);
  });

  it('dead-letters an invalid message without calling the handler', async () => {
    const { bus, exchange, queue, pageRequested, ...opened } = await openForTest();
    const pages: number[] = [];
    bus.consume(queue, async ({ data }) => {
      pages.push(data.page);
    });
    const body = Buffer.from('\0not json');
    const { routingKey } = pageRequested;
    await publishRaw(broker.url, { exchange, routingKey, body, contentType: CONTENT_TYPE });
    const letter = await eventually(async () => (await opened.deadLetters())[0], {
      what: 'the message is dead-lettered',
    });
    expect(letter).toEqual({ body, reason: 'not-json' });
    expect(pages).toEqual([]);
  });

  it('acknowledges a job that it has already done, and counts it', async () => {
    const { bus, counts, exchange, queue, pageRequested } = await openForTest();
    const pages: number[] = [];
    bus.consume(queue, async ({ data }) => {
      pages.push(data.page);
    });
    const event = createEvent(pageRequested, { page: 1 }, { source: '/test' });
    const message = {
      exchange,
      routingKey: pageRequested.routingKey,
      body: encodeEvent(event),
      contentType: CONTENT_TYPE,
      messageId: event.id,
    };
    await publishRaw(broker.url, message);
    await publishRaw(broker.url, message);
    const repeated = `amqp_messages_consumed_total ${queue.name} repeated`;
    await eventually(() => counts.includes(repeated), { what: 'the second one is counted' });
    expect(pages).toEqual([1]);
    expect(await drainQueue(broker.url, deadLetterQueueName(queue))).toEqual([]);
  });

  it('records the error in the headers of a dead letter', async () => {
    const { bus, queue, pageRequested } = await openForTest();
    bus.consume(queue, async () => {
      throw new Error('the site is down');
    });
    await bus.publish(pageRequested, { page: 1 });
    const letter = await eventually(
      async () => (await drainQueue(broker.url, deadLetterQueueName(queue)))[0],
      { what: 'the job is dead-lettered' },
    );
    expect(letter.headers).toMatchObject({
      'x-error': 'Error: the site is down',
      'x-dead-letter-reason': 'exhausted',
      'x-attempt': queue.retryDelaysMs.length,
    });
  });

  it('follows a log thirty times without losing a channel', async () => {
    const { bus, log, topology, wordSaid } = await openForTest();
    const words = Array.from({ length: 2_000 }, (_, index) => `word ${index}`);
    await Promise.all(words.map((word) => bus.publish(wordSaid, { word })));
    const warnings: string[] = [];
    const warn = (details: object, message: string) =>
      warnings.push(`${message} ${JSON.stringify(details)}`);
    const logger = { ...silentLogger, warn };
    const reading = connectRabbitMq({ url: broker.url, name: 'test', topology, logger });
    onTestFinished(() => reading.close());
    for (let times = 0; times < 30; times += 1) {
      const follower = reading.follow(log, () => {}, times % 2 === 0 ? {} : { newest: 500 });
      await within(follower.caughtUp, { what: 'the follower catches up' });
      await follower.close();
    }
    expect(warnings).toEqual([]);
  });

  it('reports a gap and continues when its log is deleted and declared again', async () => {
    const { bus, log, wordSaid } = await openForTest();
    const seen: string[] = [];
    const follower = bus.follow(
      log,
      ({ event }) => {
        if (event) seen.push(event.data.word);
      },
      { onGap: (reason) => seen.push(reason) },
    );
    await bus.publish(wordSaid, { word: 'before' });
    await within(follower.caughtUp, { what: 'the follower catches up' });
    await eventually(() => seen.includes('before'), { what: 'the first word is read' });
    await deleteQueue(log.name);
    await eventually(() => bus.problems().length > 0, { what: 'the bus reports a problem' });
    await eventually(() => bus.problems().length === 0, { what: 'the bus has recovered' });
    await bus.publish(wordSaid, { word: 'after' });
    await eventually(() => seen.includes('after'), { what: 'the word after the gap is read' });
    expect(seen).toEqual(['before', 'other-log', 'after']);
  });

  it('continues when its queue is deleted and declared again', async () => {
    const { bus, queue, pageRequested } = await openForTest();
    const pages: number[] = [];
    bus.consume(queue, async ({ data }) => {
      pages.push(data.page);
    });
    await bus.publish(pageRequested, { page: 1 });
    await eventually(() => pages.includes(1), { what: 'the first job is done' });
    await deleteQueue(queue.name);
    await eventually(() => bus.problems().length > 0, { what: 'the bus reports a problem' });
    await eventually(() => bus.problems().length === 0, { what: 'the bus has recovered' });
    await bus.publish(pageRequested, { page: 2 });
    await eventually(() => pages.includes(2), { what: 'the next job is done' });
    expect(pages).toEqual([1, 2]);
  });

  it('uses an existing queue that has other settings', async () => {
    const names = createTestTopology();
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    await channel.assertQueue(names.queue.name, { durable: true });
    await connection.close();
    const opened = await open(names);
    const { bus } = opened;
    onTestFinished(() => opened.close());
    const done = Promise.withResolvers<number>();
    bus.consume(names.queue, async ({ data }) => done.resolve(data.page));
    await bus.publish(names.pageRequested, { page: 3 });
    await expect(within(done.promise, { what: 'the job is done' })).resolves.toBe(3);
  });

  async function deleteQueue(name: string): Promise<void> {
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    await channel.deleteQueue(name);
    await connection.close();
  }
});
