import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { hostLock, topologyOf } from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HostQueue } from '../src/host-queue.ts';

let bus: MemoryBus;
let queue: HostQueue;

beforeEach(() => {
  const logger = createLogger({ name: 'test', level: 'silent' });
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  queue = new HostQueue({ bus });
});
afterEach(() => bus.close());

it('runs one task per host at a time, in order', async () => {
  const steps: string[] = [];
  const work = (name: string) => async () => {
    steps.push(`${name} begins`);
    await new Promise(setImmediate);
    steps.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all(['a', 'b', 'c'].map((name) => queue.take('x', work(name))));
  expect(results).toEqual(['a', 'b', 'c']);
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('runs tasks of different hosts concurrently', async () => {
  const { promise: untilReleased, resolve: release } = Promise.withResolvers<void>();
  const slow = queue.take('x', () => untilReleased);
  expect(await queue.take('y', async () => 'done')).toBe('done');
  release();
  await slow;
});

it('continues after a failed task', async () => {
  const failed = queue.take('x', () => Promise.reject(new Error('no')));
  const next = queue.take('x', async () => 'done');
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('done');
});

it("postpones a task while another process holds the host's lock", async () => {
  const lock = await bus.tryLock(hostLock('x'));
  const refused = queue.take('x', async () => 'done');
  await expect(refused).rejects.toMatchObject({ name: 'PostponeError' });
  await lock?.release();
  expect(await queue.take('x', async () => 'done')).toBe('done');
});

it("resolves before the pause, and holds the host's lock during the pause", async () => {
  expect(await queue.take('x', async () => 'done', { pauseMs: () => 3_600_000 })).toBe('done');
  expect(await bus.tryLock(hostLock('x'))).toBeUndefined();
  await queue.close();
  expect(await bus.tryLock(hostLock('x'))).toBeDefined();
});

it('postpones a task that waits too long for its turn', async () => {
  const impatient = new HostQueue({ bus, maxWaitMs: 1 });
  const { promise: untilReleased, resolve: release } = Promise.withResolvers<void>();
  const slow = impatient.take('x', () => untilReleased);
  const done: string[] = [];
  const waiting = impatient.take('x', async () => done.push('late'));
  await expect(waiting).rejects.toMatchObject({ name: 'PostponeError' });
  release();
  await slow;
  await impatient.take('x', async () => done.push('next'));
  expect(done).toEqual(['next']);
});

it('postpones queued tasks on close, and finishes the task in progress', async () => {
  const begun = Promise.withResolvers<void>();
  const { promise: untilReleased, resolve: release } = Promise.withResolvers<string>();
  const inHand = () => {
    begun.resolve();
    return untilReleased;
  };
  const taken = Promise.allSettled([
    queue.take('x', inHand),
    queue.take('x', async () => 'too late'),
  ]);
  await begun.promise;
  const closed = queue.close();
  release('done');
  await closed;
  expect(await taken).toMatchObject([{ value: 'done' }, { reason: { name: 'PostponeError' } }]);
  await expect(queue.take('y', async () => 'done')).rejects.toThrow('closing');
});
