import { EventEmitter } from 'node:events';
import { createTestTopology, silentLogger } from '@quotewire/testing';
import type { ChannelModel } from 'amqplib';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { LogFollower } from '../src/rabbitmq/log-follower.ts';
import { JobConsumer } from '../src/rabbitmq/job-consumer.ts';
import { openSession } from '../src/rabbitmq/session.ts';
import type { OpenChannel } from '../src/rabbitmq/supervised-connection.ts';

const ANSWER_DEADLINE_MS = 10_000;
const { queue, log } = createTestTopology();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
});

/** A connection whose broker answers every call except one: `consume`, or `consume 2` for the second one of that name. */
function connectionWithout(silent: string) {
  const calls: string[] = [];
  const call =
    <T>(name: string, answer: T) =>
    (): Promise<T> => {
      calls.push(name);
      const count = calls.filter((one) => one === name).length;
      const isSilent = silent === (count === 1 ? name : `${name} ${count}`);
      return isSilent ? new Promise<never>(() => {}) : Promise.resolve(answer);
    };
  const createChannel = () => {
    const channel = Object.assign(new EventEmitter(), {
      prefetch: call('prefetch', {}),
      consume: call('consume', { consumerTag: 'tag' }),
      assertQueue: call('assertQueue', { queue: 'amq.gen-1' }),
      bindQueue: call('bindQueue', {}),
      close: async () => {
        calls.push('close');
        channel.emit('close');
      },
    });
    return call('createChannel', channel)();
  };
  return { connection: { createChannel } as unknown as ChannelModel, calls };
}

/** A connection that opens nothing by itself; `open` opens the first channel that a user of it keeps open. */
function keeper() {
  const opens: OpenChannel[] = [];
  const connection = {
    keep(_label: string, open: OpenChannel) {
      opens.push(open);
      return { close: async () => {} };
    },
  };
  const open: OpenChannel = async (live) => {
    const [first] = opens;
    if (first === undefined) throw new Error('nothing is kept open');
    return first(live);
  };
  return { connection, open };
}

/** Returns the error's message after the deadline, or that it opened or still waits. */
async function outcomeOf(opening: Promise<unknown>): Promise<unknown> {
  const outcome = opening.then(
    () => 'opened',
    (error: Error) => error.message,
  );
  await vi.advanceTimersByTimeAsync(ANSWER_DEADLINE_MS);
  return Promise.race([outcome, new Promise((resolve) => setImmediate(resolve, 'still waiting'))]);
}

const silence = expect.stringMatching(/didn't answer within 10000 ms$/);

it.for(['createChannel', 'prefetch', 'consume'])(
  'gives up a consumer of jobs whose %s has no answer, and keeps no channel of it',
  async (silent) => {
    const { connection, open } = keeper();
    const consumer = new JobConsumer({
      connection,
      publisher: {},
      queue,
      handle: async () => {},
      concurrency: 1,
      redeclare: async () => {},
      logger: silentLogger,
      count: () => {},
    } as never);
    onTestFinished(() => consumer.close());
    const broker = connectionWithout(silent);
    expect(await outcomeOf(open(broker.connection))).toEqual(silence);
    expect(broker.calls.includes('close')).toBe(silent !== 'createChannel');
  },
);

it('rejects a session whose channel never opens', async () => {
  const { connection } = connectionWithout('createChannel');
  expect(await outcomeOf(openSession(connection, { onEnd: () => {} }))).toEqual(silence);
});

it.for([
  ['stream', 'createChannel'],
  ['stream', 'prefetch'],
  ['stream', 'consume'],
  ['stream', 'createChannel 2'],
  ['stream', 'prefetch 2'],
  ['stream', 'consume 2'],
  ['queue', 'assertQueue'],
  ['queue', 'bindQueue'],
  ['queue', 'consume'],
] as const)('gives up a follower of a %s whose %s has no answer', async ([kind, silent]) => {
  const { connection, open } = keeper();
  const follower = new LogFollower({
    connection,
    publisher: { publish: () => new Promise(() => {}), isBlocked: false },
    streams: { probeStreams: async () => kind === 'queue' },
    source: '/test',
    log,
    handle: () => {},
    logger: silentLogger,
    count: () => {},
  } as never);
  onTestFinished(() => follower.close());
  expect(await outcomeOf(open(connectionWithout(silent).connection))).toEqual(silence);
});
