import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  connectRabbitMq,
  type DataOf,
  deadLetterQueueName,
  openDeadLetters,
  PermanentError,
  retryQueueName,
} from '@quotewire/bus';
import { scrapeQueue, scrapeRequested, topologyOf } from '@quotewire/events';
import {
  childEnv,
  createRecordingTerminal,
  drainQueue,
  eventually,
  publishRaw,
  silentLogger,
} from '@quotewire/testing';
import { connect } from 'amqplib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run as runHere } from '../commands/dead-letters/src/run.ts';
import { describeWithBroker } from './support/broker.ts';

const SCRIPT = join(import.meta.dirname, '../commands/dead-letters/src/main.ts');
const END_DEADLINE_MS = 30_000;
const DEAD_LETTERS = deadLetterQueueName(scrapeQueue);
const GARBAGE = Buffer.from([0xff, 0x00, 0x1b]);

interface Listed {
  readonly id: string;
  readonly [field: string]: unknown;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the script without a terminal; resolves when it has ended, however it ends. */
function runScript(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...childEnv(), ...env }, timeout: END_DEADLINE_MS };
    execFile(process.execPath, [SCRIPT, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(new Error(`the command did not exit. Its output:\n${stdout}${stderr}`));
    });
  });
}

function jobOf({ page, expiresInMs = 60_000 }: { page: number; expiresInMs?: number }) {
  const expiresAt = new Date(Date.now() + expiresInMs).toISOString();
  return { source: 'test', runId: 'run', page, url: 'http://127.0.0.1/', expiresAt };
}

describeWithBroker('npm run dead-letters', (broker) => {
  const run = (...args: string[]) => runScript(args, { AMQP_URL: broker.url });
  const connectBus = () =>
    connectRabbitMq({
      url: broker.url,
      name: 'test',
      topology: topologyOf(),
      logger: silentLogger,
    });
  let bus: ReturnType<typeof connectBus>;

  beforeEach(async () => {
    bus = connectBus();
    await bus.firstConnected;
  });

  afterEach(async () => {
    await bus.close();
    const retryQueues = scrapeQueue.retryDelaysMs.map((ms) => retryQueueName(scrapeQueue, ms));
    for (const queue of [scrapeQueue.name, ...retryQueues, DEAD_LETTERS]) {
      await drainQueue(broker.url, queue);
    }
  });

  /** Publishes jobs that a consumer dead-letters one by one; resolves with their ids. */
  async function giveUp(...jobs: DataOf<typeof scrapeRequested>[]): Promise<string[]> {
    const pages: number[] = [];
    const consumer = bus.consume(scrapeQueue, async ({ data }) => {
      pages.push(data.page);
      throw new PermanentError(`no use: page ${data.page}`);
    });
    const ids: string[] = [];
    for (const job of jobs) ids.push((await bus.publish(scrapeRequested, job)).id);
    await eventually(() => pages.length === jobs.length, { what: 'each job has failed' });
    await consumer.close();
    return ids;
  }

  async function giveUpGarbage(): Promise<Listed | undefined> {
    const letter = { exchange: '', routingKey: scrapeQueue.name, body: GARBAGE };
    const consumer = bus.consume(scrapeQueue, async () => {});
    await publishRaw(broker.url, letter);
    const [listedOne] = await untilListed(1);
    await consumer.close();
    return listedOne;
  }

  /** Puts this many dead letters into the queue; resolves with their ids. */
  async function fill(size: number): Promise<string[]> {
    const ids = Array.from({ length: size }, (_, index) => `letter-${index}`);
    const connection = await connect(broker.url);
    const channel = await connection.createConfirmChannel();
    for (const messageId of ids) {
      channel.publish('', DEAD_LETTERS, Buffer.from('{}'), { messageId });
    }
    await channel.waitForConfirms();
    await connection.close();
    return ids;
  }

  /** Lists without a process of its own, which would cost a second of CPU each time. */
  async function list(): Promise<Listed[]> {
    const terminal = createRecordingTerminal();
    await runHere(['list', '--json'], { env: { AMQP_URL: broker.url }, terminal });
    return JSON.parse(terminal.stdout) as Listed[];
  }

  /** Resolves with all dead letters once there are so many: requeued messages are readable a moment later. */
  const untilListed = (size: number) =>
    eventually(
      async () => {
        const letters = await list();
        return letters.length === size && letters;
      },
      { what: `${size} dead letters are listed` },
    );

  const idsListed = async (size: number) => (await untilListed(size)).map(({ id }) => id);

  it('reports an empty queue', async () => {
    expect(await run('list')).toEqual({ code: 0, stdout: 'no dead letters\n', stderr: '' });
    expect(await run('retry', '--all')).toMatchObject({ code: 0, stdout: 'no dead letters\n' });
    expect(await run('drop', '--all', '--yes')).toMatchObject({ stdout: 'no dead letters\n' });
    expect(await idsListed(0)).toEqual([]);
  });

  it('lists dead letters in queue order, and removes none', async () => {
    const ids = await giveUp(jobOf({ page: 1 }), jobOf({ page: 2 }), jobOf({ page: 3 }));
    const { code, stdout } = await run('list');
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^id +queue +reason +error +retries +time$/);
    expect(rows).toHaveLength(3);
    for (const [index, row] of rows.entries()) {
      expect(ids[index]).toContain(row.split(' ', 1)[0]);
      expect(row).toContain(`permanent  PermanentError: no use: page ${index + 1}`);
    }
    const { stdout: json } = await run('list', '--json');
    expect(JSON.parse(json)).toMatchObject(
      ids.map((id, index) => ({
        id,
        queue: scrapeQueue.name,
        reason: 'permanent',
        error: `PermanentError: no use: page ${index + 1}`,
        retries: 0,
        time: expect.stringMatching(/^\d{4}-/),
      })),
    );
    expect(await idsListed(ids.length)).toEqual(ids);
  });

  it('loses none, however often they are listed', async () => {
    const ids = await giveUp(jobOf({ page: 1 }), jobOf({ page: 2 }));
    const readAll = async (size: number) => {
      const deadLetters = await openDeadLetters({ url: broker.url, topology: topologyOf() });
      await deadLetters.close();
      return deadLetters.letters.length === size && deadLetters.letters.map(({ id }) => id);
    };
    for (let times = 0; times < 30; times += 1) {
      // requeued messages are readable a moment later
      const found = await eventually(() => readAll(ids.length), { what: 'all are in the queue' });
      expect(found).toEqual(ids);
    }
    const [letter] = await drainQueue(broker.url, DEAD_LETTERS);
    expect(letter?.headers).toMatchObject({
      'x-dead-letter-reason': 'permanent',
      'x-error': 'PermanentError: no use: page 1',
    });
  });

  it('keeps the order of many dead letters', async () => {
    const ids = await fill(300);
    for (let times = 0; times < 8; times += 1) expect(await idsListed(ids.length)).toEqual(ids);
  });

  it('reads only the oldest 500', async () => {
    const ids = await fill(503);
    expect(await idsListed(500)).toEqual(ids.slice(0, 500));
    const { stdout, stderr } = await run('drop', '--all', '--yes');
    expect(stdout).toContain('dropped letter-499\n');
    expect(stderr).toBe('only the oldest 500 are looked at; there are more\n');
    expect(await idsListed(3)).toEqual(ids.slice(500));
  });

  it('shows a dead letter in full', async () => {
    const [id = ''] = await giveUp(jobOf({ page: 7 }));
    const { code, stdout } = await run('show', id.slice(0, 8));
    expect(code).toBe(0);
    expect(stdout).toContain('x-dead-letter-reason  permanent\n');
    expect(stdout).toMatch(/\nmessageId +[0-9a-f-]{36}\n/);
    expect(stdout).toContain('\n    "page": 7,\n');
    expect(await idsListed(1)).toEqual([id]);
  });

  it('shows a binary body as hex', async () => {
    const letter = await giveUpGarbage();
    expect(letter).toMatchObject({ reason: 'wrong-content-type', time: null });
    const { stdout } = await run('show', letter?.id ?? '');
    expect(stdout).toContain('Body, 3 bytes\nff001b\n');
  });

  it("shows the broker's own reason", async () => {
    const { id } = await bus.publish(scrapeRequested, jobOf({ page: 1 }));
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    const message = await channel.get(scrapeQueue.name);
    if (message !== false) channel.reject(message, false);
    const [letter] = await untilListed(1);
    await connection.close();
    expect(letter).toMatchObject({ id, reason: 'rejected', error: null });
    expect((await run('retry', id)).stdout).toBe(`retried ${id}\n`);
  });

  it('retries a job as if it were new', async () => {
    const [first = '', second = ''] = await giveUp(jobOf({ page: 1 }), jobOf({ page: 2 }));
    const { code, stdout } = await run('retry', second);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `retried ${second}\n` });
    expect(await idsListed(1)).toEqual([first]);
    const [job] = await drainQueue(broker.url, scrapeQueue.name);
    const names = Object.keys(job?.headers ?? {});
    expect(names).toContain('traceparent');
    expect(names.filter((name) => /attempt|error|reason/.test(name))).toEqual([]);
    expect(job?.headers['x-delivery-count'] ?? 0).toBe(0);
    const done: string[] = [];
    bus.consume(scrapeQueue, async (event) => {
      done.push(event.id);
    });
    await run('retry', '--all');
    await eventually(() => done.includes(first), { what: 'the job is done' });
    expect(await idsListed(0)).toEqual([]);
  });

  it('warns that a retried job has expired', async () => {
    const [id = ''] = await giveUp(jobOf({ page: 1, expiresInMs: -1_000 }));
    const { stdout } = await run('retry', id);
    expect(stdout).toMatch(/^retried .* but it expired at .* and will be skipped/);
    const [job] = await drainQueue(broker.url, scrapeQueue.name);
    expect(JSON.parse(String(job?.body))).toMatchObject({ id, data: { page: 1 } });
  });

  it('extends the expiry of a retried job', async () => {
    const [id = ''] = await giveUp(jobOf({ page: 1, expiresInMs: -1_000 }));
    const { stdout } = await run('retry', id, '--extend', '15');
    expect(stdout).toBe(`retried ${id}\n`);
    const [job] = await drainQueue(broker.url, scrapeQueue.name);
    const { data } = JSON.parse(String(job?.body)) as { data: { expiresAt: string } };
    const minutesLeft = (Date.parse(data.expiresAt) - Date.now()) / 60_000;
    expect(minutesLeft).toBeGreaterThan(14);
    expect(minutesLeft).toBeLessThanOrEqual(15);
    expect(data).toMatchObject({ source: 'test', page: 1 });
  });

  it('keeps a dead letter that its work queue refuses', async () => {
    const [id = ''] = await giveUp(jobOf({ page: 1 }));
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    await channel.deleteQueue(scrapeQueue.name);
    const { code, stderr } = await run('retry', id);
    // n.b. a bus declares its queues at each connect
    await bus.close();
    bus = connectBus();
    await bus.firstConnected;
    await connection.close();
    expect(code).toBe(1);
    expect(stderr).toBe(`there's no queue ${scrapeQueue.name}\n`);
    expect(await idsListed(1)).toEqual([id]);
  });

  it('drops only the chosen dead letters, and only with --yes', async () => {
    const [first = '', second = ''] = await giveUp(jobOf({ page: 1 }), jobOf({ page: 2 }));
    const refused = await run('drop', first);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('add --yes');
    expect(await idsListed(2)).toEqual([first, second]);
    expect(await run('drop', first, '--yes')).toMatchObject({
      code: 0,
      stdout: `dropped ${first}\n`,
    });
    expect(await idsListed(1)).toEqual([second]);
    await run('drop', '--all', '--yes');
    expect(await idsListed(0)).toEqual([]);
  });

  it('changes nothing when an id is unknown or ambiguous', async () => {
    const ids = await giveUp(...Array.from({ length: 17 }, (_, page) => jobOf({ page: page + 1 })));
    const digits = ids.map(([digit]) => digit);
    const shared = digits.find((digit, index) => digits.indexOf(digit) !== index) ?? '';
    const ambiguous = await run('drop', shared, '--yes');
    expect(ambiguous).toMatchObject({ code: 1, stdout: '' });
    expect(ambiguous.stderr).toContain(`"${shared}" begins the ids of several: `);
    const unknown = await run('retry', ids[0] ?? '', randomUUID());
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^no dead letter has an id that begins with /);
    expect(await idsListed(ids.length)).toEqual(ids);
  });

  it('names a missing queue', async () => {
    await bus.close();
    const connection = await connect(broker.url);
    await (await connection.createChannel()).deleteQueue(DEAD_LETTERS);
    await connection.close();
    const { code, stderr } = await run('list');
    bus = connectBus();
    await bus.firstConnected;
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^there's no queue ${DEAD_LETTERS} on this broker`));
  });
});
