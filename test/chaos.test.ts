import { describe, expect, it, onTestFinished } from 'vitest';
import { startChaosNode } from './chaos/chaos-broker.ts';
import { check } from './chaos/check.ts';
import { runChaos } from './chaos/run-chaos.ts';
import { findRabbitMqScripts } from './support/private-broker.ts';

const SECONDS = 20;

it('would notice what is lost, out of order or done twice', () => {
  const histories = {
    confirmed: [0, 1, 2],
    read: [
      [0, 2, 1],
      [0, 0, 2],
    ],
    gaps: 1,
    requested: [0, 1],
    done: [0, 0],
  };
  expect(check(histories)).toEqual({
    confirmedButNeverDelivered: 1,
    outOfOrder: 1,
    gaps: 1,
    jobsWithoutResult: 1,
    deliveredTwice: 1,
    jobsDoneTwice: 1,
  });
});

const canRun = findRabbitMqScripts() !== undefined;
if (!canRun)
  process.stderr.write("SKIPPED: chaos. There's no rabbitmq-server to ill-treat here.\n");

describe.runIf(canRun)('a seeded schedule of faults', () => {
  it('loses nothing that was confirmed, and brings nothing out of order', async () => {
    const broker = await startChaosNode();
    onTestFinished(() => broker.stop());
    const made: string[] = [];
    const report = await runChaos({
      broker,
      seconds: SECONDS,
      seed: 7,
      onFault: (name) => made.push(name),
    });
    expect(report).toMatchObject({
      confirmedButNeverDelivered: 0,
      outOfOrder: 0,
      gaps: 0,
      jobsWithoutResult: 0,
    });
    expect(report.confirmed).toBeGreaterThan(100);
    expect(report.jobs).toBeGreaterThan(10);
    expect(made.length).toBeGreaterThan(1);
  }, 240_000);
});
