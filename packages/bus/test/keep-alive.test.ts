import { setImmediate as nextTurn } from 'node:timers/promises';
import { within } from '@quotewire/testing';
import { expect, it } from 'vitest';
import { keepAlive } from '../src/rabbitmq/keep-alive.ts';

/** What a run does at each attempt: how long the thing lives, or that it can't be opened. */
type Life = { readonly livesMs: number } | { readonly error: Error };

/** Keeps a resource alive whose lifetimes are given, with a clock that advances only during lifetimes and waits; stops after the last lifetime. */
async function keepThrough(lives: readonly Life[]) {
  const stopping = new AbortController();
  const delaysMs: number[] = [];
  const reasons: string[] = [];
  const firsts: boolean[] = [];
  let now = 0;
  let open = 0;
  const run = keepAlive({
    async open({ isFirst }) {
      firsts.push(isFirst);
      const life = lives[firsts.length - 1];
      if (life === undefined) throw new Error('nothing is opened after the end');
      if ('error' in life) throw life.error;
      open += 1;
      const died = nextTurn().then(() => {
        now += life.livesMs;
        return 'it ended';
      });
      return {
        died,
        close: async () => {
          open -= 1;
        },
      };
    },
    onDown: (reason) => reasons.push(reason),
    signal: stopping.signal,
    clock: {
      now: () => now,
      async wait(ms) {
        delaysMs.push(ms);
        now += ms;
        if (delaysMs.length === lives.length) stopping.abort();
      },
    },
  });
  await within(run, { what: 'the loop ends' });
  return { delaysMs, reasons, firsts, open };
}

/** How many times the first delay, without the jitter. */
function stepsOf(delaysMs: readonly number[]): number[] {
  return delaysMs.map((ms) => 2 ** Math.ceil(Math.log2(ms / 100)));
}

const times = (count: number, life: Life): Life[] => Array.from({ length: count }, () => life);

it('backs off further while each opened resource ends at once', async () => {
  const { delaysMs, open } = await keepThrough(times(12, { livesMs: 50 }));
  expect(stepsOf(delaysMs.slice(0, 6))).toEqual([1, 2, 4, 8, 16, 32]);
  for (const ms of delaysMs.slice(6)) expect(ms).toBeGreaterThanOrEqual(2_500);
  for (const ms of delaysMs) expect(ms).toBeLessThanOrEqual(5_000);
  expect(open).toBe(0);
});

it('backs off alike after a failed attempt and after a resource that ends at once', async () => {
  const refused = { error: new Error('refused') };
  const { delaysMs, reasons } = await keepThrough([refused, { livesMs: 0 }, refused]);
  expect(stepsOf(delaysMs)).toEqual([1, 2, 4]);
  expect(reasons).toEqual(['refused', 'it ended', 'refused']);
});

it('resets the backoff after a resource that lived for 10 s', async () => {
  const lives = [...times(4, { livesMs: 9_999 }), { livesMs: 10_000 }, { livesMs: 1 }];
  const { delaysMs } = await keepThrough(lives);
  expect(stepsOf(delaysMs)).toEqual([1, 2, 4, 8, 1, 2]);
});

it.for([
  ['RabbitMQ', 'ACCESS_REFUSED - Login was refused'],
  ['LavinMQ', 'ACCESS_REFUSED'],
])('waits 30 to 60 s after %s refused the login, however often', async ([, message]) => {
  const error = new Error(`403 (ACCESS-REFUSED) with message "${message}"`);
  const { delaysMs } = await keepThrough(times(20, { error }));
  for (const ms of delaysMs) expect(ms).toBeGreaterThanOrEqual(30_000);
  for (const ms of delaysMs) expect(ms).toBeLessThanOrEqual(60_000);
  expect(new Set(delaysMs).size).toBeGreaterThan(1);
});

it('waits no longer after the broker refused a queue', async () => {
  const message = "ACCESS_REFUSED - access to queue 'a' refused";
  const error = new Error(`403 (ACCESS-REFUSED) with message "${message}"`);
  const { delaysMs } = await keepThrough(times(2, { error }));
  expect(stepsOf(delaysMs)).toEqual([1, 2]);
});

it('marks the first attempt', async () => {
  const { firsts } = await keepThrough(times(3, { livesMs: 20_000 }));
  expect(firsts).toEqual([true, false, false]);
});

it('closes a resource that opens after the abort', async () => {
  const stopping = new AbortController();
  const opening = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<string>();
  const run = keepAlive({
    async open() {
      await opening.promise;
      return { died: new Promise(() => {}), close: async () => closed.resolve('closed') };
    },
    onDown: () => {},
    signal: stopping.signal,
    clock: { now: () => 0, wait: async () => {} },
  });
  stopping.abort();
  await within(run, { what: 'the loop ends' });
  opening.resolve();
  expect(await within(closed.promise, { what: 'the late resource is closed' })).toBe('closed');
});

it('times out a slow attempt, and tries again', async () => {
  const stopping = new AbortController();
  const reasons: string[] = [];
  const run = keepAlive({
    open: () => new Promise(() => {}),
    onDown: (reason) => reasons.push(reason),
    openDeadlineMs: 1,
    signal: stopping.signal,
    clock: {
      now: () => 0,
      async wait() {
        if (reasons.length === 2) stopping.abort();
      },
    },
  });
  await within(run, { what: 'the loop ends' });
  expect(reasons).toEqual([
    "the broker didn't answer within 1 ms",
    "the broker didn't answer within 1 ms",
  ]);
});
