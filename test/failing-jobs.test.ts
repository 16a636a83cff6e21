import {
  CONTENT_TYPE,
  connectRabbitMq,
  createEvent,
  deadLetterQueueName,
  encodeEvent,
  type JobHandler,
  openDeadLetters,
  PermanentError,
  retryQueueName,
} from '@quotewire/bus';
import {
  createRecordingLogger,
  createTestTopology,
  erlangBinary,
  evaluateOn,
  eventually,
  type LogLine,
  readyIn,
  startTcpProxy,
  type TestTopology,
} from '@quotewire/testing';
import { connect, type Options } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';

const NOT_REPUBLISHED = "a failed job can't be republished yet";

describeWithPrivateBroker('a job that fails', (broker) => {
  /** Consumes a queue, and records log lines and counts. */
  async function consume(
    names: TestTopology,
    {
      handle,
      url = broker().url,
      onLine = () => {},
    }: {
      handle: JobHandler<TestTopology['pageRequested']>;
      url?: string;
      onLine?: (line: LogLine, problems: readonly string[]) => void;
    },
  ) {
    const counts: string[] = [];
    const { logger, lines } = createRecordingLogger((line) => onLine(line, bus.problems()));
    const { topology, queue } = names;
    const count = (counter: string, labels: object) =>
      counts.push(`${counter} ${Object.values(labels).join(' ')}`);
    const bus = connectRabbitMq({ url, name: 'test', topology, logger, count });
    onTestFinished(() => bus.close());
    await bus.firstConnected;
    bus.consume(queue, handle, { concurrency: 5 });
    await eventually(() => bus.problems().length === 0, { what: 'the bus is usable' });
    return { bus, lines, counts };
  }

  /** Opens channels past all checks, as any user of the broker may. */
  async function connectRaw(login?: { user: string; password: string }) {
    const url = new URL(broker().url);
    if (login !== undefined) {
      url.username = login.user;
      url.password = login.password;
    }
    const connection = await connect(url.href);
    onTestFinished(() => connection.close());
    return async () => {
      const channel = await connection.createConfirmChannel();
      // n.b. an 'error' event without a listener would crash the process
      channel.on('error', () => {});
      return channel;
    };
  }

  async function openChannel(login?: { user: string; password: string }) {
    return (await connectRaw(login))();
  }

  async function publish(
    { queue, pageRequested }: TestTopology,
    { page = 1, login, ...properties }: PublishedJob = {},
  ): Promise<void> {
    const channel = await openChannel(login);
    const body = encodeEvent(createEvent(pageRequested, { page }, { source: '/test' }));
    channel.sendToQueue(queue.name, body, { contentType: CONTENT_TYPE, ...properties });
    await channel.waitForConfirms();
  }

  interface PublishedJob extends Options.Publish {
    page?: number;
    login?: { user: string; password: string };
  }

  async function takeFrom(queueName: string) {
    const open = await connectRaw();
    // n.b. asking for a queue that's missing closes the channel
    const take = async () => (await open()).get(queueName, { noAck: true });
    return eventually(take, { what: `${queueName} has a message` });
  }

  it('is distinguished from others when its message has no id', async () => {
    const names = createTestTopology();
    const runs: number[] = [];
    await consume(names, {
      handle: async ({ data: { page } }) => {
        const isFirst = !runs.includes(page);
        runs.push(page);
        if (isFirst) throw new Error('not this time');
      },
    });
    for (const page of [1, 2, 3]) await publish(names, { page });
    await eventually(() => runs.length === 6, { what: 'each job succeeds at its second attempt' });
    expect(runs.toSorted((a, b) => a - b)).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('is distinguished from others when neither its message nor its body has an id', async () => {
    const names = createTestTopology();
    await consume(names, { handle: async () => expect.unreachable('they are no events') });
    const channel = await openChannel();
    for (const body of ['one', 'two', 'three']) {
      channel.sendToQueue(names.queue.name, Buffer.from(body), { contentType: CONTENT_TYPE });
    }
    await channel.waitForConfirms();
    const letters = deadLetterQueueName(names.queue);
    await eventually(async () => (await readyIn(broker().url, letters)) === 3, {
      what: 'all are dead-lettered',
    });
    const ids = new Set<unknown>();
    for (let n = 0; n < 3; n += 1) ids.add((await takeFrom(letters)).properties.messageId);
    expect(ids.size).toBe(3);
  });

  it('is retried although another user published its message', async () => {
    const names = createTestTopology();
    const login = { user: `other-${names.exchange}`, password: 'secret' };
    const [user, password, all, by] = [login.user, login.password, '.*', 'tests'].map(erlangBinary);
    await evaluateOn(
      broker().node,
      `ok = rabbit_auth_backend_internal:add_user(${user}, ${password}, ${by}), ` +
        `ok = rabbit_auth_backend_internal:set_permissions(${user}, <<"/">>, ${all}, ${all}, ${all}, ${by})`,
    );
    let runs = 0;
    const { lines } = await consume(names, {
      handle: async () => {
        runs += 1;
        if (runs === 1) throw new Error('not this time');
      },
    });
    await publish(names, { login, userId: login.user });
    await eventually(() => runs === 2, { what: 'the job succeeds at its second attempt' });
    expect(lines.filter(({ message }) => message.startsWith('channel closed'))).toEqual([]);
  });

  it('stays in the dead-letter queue although its message expires', async () => {
    const names = createTestTopology();
    await consume(names, {
      handle: async () => {
        throw new PermanentError('gone');
      },
    });
    await publish(names, { expiration: '5000', replyTo: 'nobody', priority: 3, appId: 'someone' });
    const { properties } = await takeFrom(deadLetterQueueName(names.queue));
    expect(properties).toMatchObject({
      expiration: undefined,
      replyTo: undefined,
      contentType: CONTENT_TYPE,
      appId: 'someone',
      headers: { 'x-dead-letter-reason': 'permanent' },
    });
  });

  it('is republished to its own queue only, although CC and BCC copied its message', async () => {
    const names = createTestTopology();
    const channel = await openChannel();
    const { queue: copies } = await channel.assertQueue('', { exclusive: true });
    await consume(names, {
      handle: async () => {
        throw new PermanentError('gone');
      },
    });
    await publish(names, { headers: { CC: [copies] } });
    await takeFrom(deadLetterQueueName(names.queue));
    expect((await channel.checkQueue(copies)).messageCount).toBe(1);
  });

  it('is dead-lettered by the broker if its message cannot be republished', async () => {
    const names = createTestTopology();
    const { bus } = await consume(names, {
      handle: async () => {
        throw new Error('long '.repeat(200));
      },
    });
    // n.b. with the error the headers are longer than the client encodes
    const headers = { filling: 'x'.repeat(65_300) };
    await publish(names, { headers });
    const { properties } = await takeFrom(deadLetterQueueName(names.queue));
    expect(properties.headers).toMatchObject({ 'x-first-death-reason': 'rejected' });
    expect(bus.problems()).toEqual([]);
  });

  it('waits in its retry queue, although that was deleted while the bus ran', async () => {
    const names = createTestTopology();
    const { queue } = names;
    const [delayMs = 0] = queue.retryDelaysMs;
    let runs = 0;
    const told: string[] = [];
    const { bus } = await consume(names, {
      handle: async () => {
        runs += 1;
        if (runs === 1) throw new Error('not this time');
      },
      onLine: ({ message }, problems) => {
        if (message === NOT_REPUBLISHED) told.push(...problems);
      },
    });
    const channel = await openChannel();
    await channel.deleteQueue(retryQueueName(queue, delayMs));
    await publish(names);
    await eventually(() => runs > 1, { what: 'the job succeeds at its second attempt' });
    expect(told.join()).toMatch(`${queue.name}: a failed job can't be republished: no queue takes`);
    await eventually(() => bus.problems().length === 0, { what: 'the bus reports no problem' });
    expect(runs).toBe(2);
  });

  it('waits in its dead-letter queue, although that was deleted while the bus ran', async () => {
    const names = createTestTopology();
    let runs = 0;
    await consume(names, {
      handle: async () => {
        runs += 1;
        throw new PermanentError('gone');
      },
    });
    const channel = await openChannel();
    await channel.deleteQueue(deadLetterQueueName(names.queue));
    await publish(names);
    await takeFrom(deadLetterQueueName(names.queue));
    expect(runs).toBe(1);
  });

  it('waits until a full retry queue accepts it, and is not run meanwhile', async () => {
    const names = createTestTopology();
    const { queue } = names;
    const [delayMs = 0] = queue.retryDelaysMs;
    const retryQueue = retryQueueName(queue, delayMs);
    const channel = await openChannel();
    await channel.assertQueue(retryQueue, {
      durable: true,
      maxLength: 1,
      overflow: 'reject-publish',
    });
    channel.sendToQueue(retryQueue, Buffer.from('the only one'));
    await channel.waitForConfirms();
    let runs = 0;
    const { bus, lines } = await consume(names, {
      handle: async () => {
        runs += 1;
        throw new Error('no');
      },
    });
    await publish(names);
    await eventually(() => bus.problems().some((problem) => problem.includes('is full')), {
      what: 'the bus reports that the retry queue is full',
    });
    expect((await takeFrom(retryQueue)).content.toString()).toBe('the only one');
    expect((await takeFrom(retryQueue)).properties.headers).toMatchObject({ 'x-attempt': 1 });
    await eventually(() => bus.problems().length === 0, { what: 'the bus reports no problem' });
    expect(runs).toBe(1);
    expect(lines.filter(({ message }) => message === NOT_REPUBLISHED)).toHaveLength(1);
  });

  it('is run again by the same process when its dead letter is retried', async () => {
    const names = createTestTopology();
    let runs = 0;
    await consume(names, {
      handle: async () => {
        runs += 1;
        if (runs < 3) throw new PermanentError('gone');
      },
    });
    await publish(names, { messageId: 'one' });
    for (const attempts of [1, 2]) {
      await eventually(
        async () => (await readyIn(broker().url, deadLetterQueueName(names.queue))) === 1,
        { what: 'the job is dead-lettered' },
      );
      const letters = await openDeadLetters({ url: broker().url, topology: names.topology });
      for (const letter of letters.letters) await letters.retry(letter);
      await letters.close();
      await eventually(() => runs === attempts + 1, { what: 'the job runs again' });
    }
    expect(runs).toBe(3);
  });

  it('is republished once if the connection breaks while it runs', async () => {
    const names = createTestTopology();
    const link = await startTcpProxy(broker().url);
    onTestFinished(() => link.close());
    const release = Promise.withResolvers<void>();
    let runs = 0;
    const { bus, counts } = await consume(names, {
      url: link.url,
      handle: async () => {
        runs += 1;
        await release.promise;
        throw new PermanentError('gone');
      },
    });
    await publish(names);
    await eventually(() => runs === 1, { what: 'the job starts' });
    await link.cut();
    await eventually(async () => (await readyIn(broker().url, names.queue.name)) === 1, {
      what: 'the job is back in its queue',
    });
    await link.heal();
    await eventually(async () => (await readyIn(broker().url, names.queue.name)) === 0, {
      what: 'the job is redelivered',
    });
    await eventually(() => bus.problems().length === 0, { what: 'the bus is usable' });
    release.resolve();
    const consumed = () => counts.filter((line) => line.startsWith('amqp_messages_consumed_total'));
    await eventually(() => consumed().length > 0, { what: 'the job is acknowledged' });
    const letters = deadLetterQueueName(names.queue);
    await takeFrom(letters);
    await bus.close();
    expect(await readyIn(broker().url, names.queue.name)).toBe(0);
    expect(await readyIn(broker().url, letters)).toBe(0);
    expect(runs).toBe(1);
  });
});
