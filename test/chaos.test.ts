import { findRabbitMqScripts, randomFrom } from '@quotewire/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFaultyBroker } from './support/faulty-broker.ts';
import { check, hasFailed, type Histories } from './chaos/check.ts';
import { between, ring } from './chaos/cluster-faults.ts';
import { faultsWith, scheduleOf } from './chaos/faults.ts';
import { runChaos } from './chaos/run-chaos.ts';
import { tallyOf } from './chaos/tally.ts';

/** The minimum; the run continues until every kind of fault has been injected. */
const SECONDS = 20;

describe('the verdict on a run', () => {
  const nothing: Histories = {
    confirmed: [],
    read: [],
    gaps: 0,
    requested: [],
    done: [],
    deadLetters: new Set(),
    jobsInDeletedQueues: new Set(),
    newestQuote: 0,
    quotesInDeletedQueues: new Set(),
    subscribers: [],
    ticksAgain: true,
    badExits: [],
  };
  const streamOf = (numbers: readonly number[], offsets: readonly number[] = numbers) => ({
    quotes: numbers.map((number, index) => ({ number, offset: offsets[index] ?? number })),
    gaps: [],
  });

  it('passes a run without losses', () => {
    const verdict = check({
      ...nothing,
      confirmed: [1, 0],
      read: [[0, 1]],
      requested: [0, 1],
      done: [1],
      deadLetters: new Set([0]),
      newestQuote: 2,
      // an older page may be read later
      subscribers: [streamOf([2, 1], [10, 11])],
    });
    expect(hasFailed(verdict)).toBe(false);
  });

  it('counts events that are lost, out of order or repeated, and jobs done twice', () => {
    const histories = {
      ...nothing,
      confirmed: [0, 1, 2],
      read: [
        [0, 2, 1],
        [0, 0, 2],
      ],
      gaps: 1,
      requested: [0, 1],
      done: [0, 0],
    };
    const { failures, costs } = check(histories);
    expect(failures).toMatchObject({
      confirmedButNeverDelivered: 1,
      outOfOrder: 1,
      gaps: 1,
      jobsWithoutResult: 1,
    });
    expect(costs).toMatchObject({ deliveredTwice: 1, jobsDoneTwice: 1 });
  });

  it('counts quotes that a subscriber misses or receives twice or out of order, and processes that stopped', () => {
    const { failures } = check({
      ...nothing,
      newestQuote: 3,
      subscribers: [
        { ...streamOf([1, 2, 3, 2], [1, 2, 3, 4]), gaps: ['expired'] },
        streamOf([1, 2], [5, 4]),
      ],
      ticksAgain: false,
      badExits: ['timer: exit code 1'],
    });
    expect(failures).toMatchObject({
      quotesNeverOnTheStream: 1,
      quotesTwiceOnTheStream: 1,
      quotesOutOfOrder: 1,
      gapsOnTheStream: 1,
      timersStopped: 1,
      badExits: 1,
    });
  });

  it('counts the jobs of a deleted queue separately', () => {
    const verdict = check({
      ...nothing,
      requested: [0, 1],
      jobsInDeletedQueues: new Set([0]),
      newestQuote: 2,
      quotesInDeletedQueues: new Set([1]),
      subscribers: [streamOf([])],
    });
    expect(verdict.failures).toMatchObject({ jobsWithoutResult: 1, quotesNeverOnTheStream: 1 });
    expect(verdict.costs).toMatchObject({
      jobsLostWithTheirQueue: 1,
      quotesLostWithTheirQueue: 1,
    });
  });
});

it('plans the same faults for the same seed, each kind once before any repeats', () => {
  const kinds = ['broker killed', 'link cut', 'worker killed', 'timer stopped'];
  const planOf = (seed: number) => {
    const schedule = scheduleOf(kinds, randomFrom(seed));
    return Array.from({ length: kinds.length * 2 }, () => schedule.next().value);
  };
  expect(planOf(7)).toEqual(planOf(7));
  expect(planOf(7)).not.toEqual(planOf(8));
  expect(planOf(7).slice(0, kinds.length).toSorted()).toEqual(kinds.toSorted());
});

it("counts messages in the words of Jepsen's checker", () => {
  const tally = tallyOf({ attempt: 5, acknowledged: [0, 1, 2], received: [0, 0, 2, 3, 9] });
  expect(tally).toEqual({
    attempt: 5,
    acknowledged: 3,
    ok: 3,
    lost: 1,
    unexpected: 1,
    recovered: 1,
    duplicated: 1,
  });
});

it('separates nodes in both directions', () => {
  expect([...between(['a'], ['b', 'c'])]).toEqual([
    ['a', ['b', 'c']],
    ['b', ['a']],
    ['c', ['a']],
  ]);
});

it('has each node of a ring hear another majority', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e'];
  const majorities = [...ring(nodes).values()].map((unheard) =>
    nodes.filter((node) => !unheard.includes(node)).join(''),
  );
  expect(majorities.map(({ length }) => length)).toEqual([3, 3, 3, 3, 3]);
  expect(new Set(majorities).size).toBe(5);
});

const canRun = findRabbitMqScripts() !== undefined;
if (!canRun)
  process.stderr.write("SKIPPED: chaos. There's no rabbitmq-server to ill-treat here.\n");

describe.runIf(canRun)('a seeded schedule of faults', () => {
  it('loses no confirmed event and no quote of the site, and reorders nothing', async () => {
    const broker = await startFaultyBroker();
    onTestFinished(() => broker.stop());
    const { urls, faults } = { urls: [broker.url], faults: faultsWith(broker) };
    const report = await runChaos({ urls, faults, seconds: SECONDS, seed: 7 });
    expect(report.details).toEqual([]);
    expect(Object.entries(report.failures).filter(([, count]) => count > 0)).toEqual([]);
    for (const [name, count] of Object.entries(report.faults)) {
      expect(count, `how often there was: ${name}`).toBeGreaterThanOrEqual(1);
    }
    const { work } = report;
    expect(work.eventsConfirmed).toBeGreaterThan(1_000);
    expect(work.jobsConfirmed).toBeGreaterThan(100);
    expect(work.jobsDoneInRetry).toBeGreaterThan(0);
    expect(work.deadLetters).toBeGreaterThan(0);
    expect(work.quotesOnTheSite).toBeGreaterThan(50);
    expect(work.connectionsOfSubscribers).toBeGreaterThan(3);
    expect(work.ticks).toBeGreaterThan(10);
  }, 420_000);
});
