import { createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { hostLock, topologyOf } from '@quotewire/events';
import { createLogger } from '@quotewire/service';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HostTurns } from '../src/fetch/host-turns.ts';

let bus: MemoryBus;
let turns: HostTurns;

beforeEach(() => {
  const logger = createLogger({ name: 'test', level: 'silent' });
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  turns = new HostTurns({ bus });
});
afterEach(() => bus.close());

it('lets one work at a host at a time, in the order that they came', async () => {
  const steps: string[] = [];
  const work = (name: string) => async () => {
    steps.push(`${name} begins`);
    await new Promise(setImmediate);
    steps.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all(['a', 'b', 'c'].map((name) => turns.take('x', work(name))));
  expect(results).toEqual(['a', 'b', 'c']);
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('lets others work at another host meanwhile', async () => {
  const { promise: untilReleased, resolve: release } = Promise.withResolvers<void>();
  const slow = turns.take('x', () => untilReleased);
  expect(await turns.take('y', async () => 'done')).toBe('done');
  release();
  await slow;
});

it('goes on after work that failed', async () => {
  const failed = turns.take('x', () => Promise.reject(new Error('no')));
  const next = turns.take('x', async () => 'done');
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('done');
});

it('postpones the work while another process is at the host', async () => {
  const lock = await bus.tryLock(hostLock('x'));
  const refused = turns.take('x', async () => 'done');
  await expect(refused).rejects.toMatchObject({ name: 'PostponeError' });
  await lock?.release();
  expect(await turns.take('x', async () => 'done')).toBe('done');
});

it('keeps all processes from the host during its pause, but not who waits for the work', async () => {
  expect(await turns.take('x', async () => 'done', { pauseMs: () => 3_600_000 })).toBe('done');
  expect(await bus.tryLock(hostLock('x'))).toBeUndefined();
  await turns.close();
  expect(await bus.tryLock(hostLock('x'))).toBeDefined();
});

it('makes room for the work of other hosts when a turn is long in coming', async () => {
  const impatient = new HostTurns({ bus, maxWaitMs: 1 });
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

it('puts off who waits when it closes, and lets the work in hand finish', async () => {
  const begun = Promise.withResolvers<void>();
  const { promise: untilReleased, resolve: release } = Promise.withResolvers<string>();
  const inHand = () => {
    begun.resolve();
    return untilReleased;
  };
  const taken = Promise.allSettled([
    turns.take('x', inHand),
    turns.take('x', async () => 'too late'),
  ]);
  await begun.promise;
  const closed = turns.close();
  release('done');
  await closed;
  expect(await taken).toMatchObject([{ value: 'done' }, { reason: { name: 'PostponeError' } }]);
  await expect(turns.take('y', async () => 'done')).rejects.toThrow('closing');
});
