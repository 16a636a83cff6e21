import { afterEach, expect, it } from 'vitest';
import { missingNchan } from '../contenders/nchan.ts';
import type { ContenderName } from '../contender.ts';
import { quantile } from '../figures.ts';
import { parseOptions } from '../options.ts';
import { measureCrowds } from '../benchmarks/crowd.ts';
import { measureFanOut } from '../benchmarks/fan-out.ts';
import { stopServers } from '../server-process.ts';

const SUBSCRIBERS = 5;

const names: ContenderName[] = ['hub', 'plain', 'better-sse', 'fastify-sse'];
const nchan = missingNchan();
if (nchan === undefined) names.push('nchan');
else process.stderr.write(`SKIPPED: Nchan in the bench. ${nchan}.\n`);

afterEach(() => stopServers());

it('counts each event once at each subscriber, for every server', async () => {
  const figures = await measureFanOut({
    names,
    subscribers: SUBSCRIBERS,
    publisherCounts: [1, 3],
    rounds: 1,
    seconds: 0.01,
    countsEach: true,
  });
  expect(figures.map(({ name, publishers }) => `${name} ${publishers}`)).toEqual(
    [1, 3].flatMap((publishers) => names.map((name) => `${name} ${publishers}`)),
  );
  for (const { samples, publishers } of figures) {
    expect(samples).toHaveLength(1);
    for (const { events, deliveries } of samples) {
      expect(deliveries).toBe(events * SUBSCRIBERS);
      // each publisher's first, and the one that shows that everything has arrived
      expect(events).toBeGreaterThan(publishers);
    }
  }
});

it('resumes a disconnected crowd with exactly the events that it missed', async () => {
  const resuming = names.filter((name) => name === 'hub' || name === 'nchan');
  const figures = await measureCrowds({
    names: resuming,
    subscribers: SUBSCRIBERS,
    rounds: 1,
    events: 2,
    idleSeconds: 0.01,
  });
  expect(figures.map(({ name }) => name)).toEqual(resuming);
  for (const { catchUpSeconds, p99Ms, p50Ms } of figures) {
    expect(catchUpSeconds.median).toBeGreaterThan(0);
    expect(p99Ms.median).toBeGreaterThanOrEqual(p50Ms.median);
  }
});

it.each([
  [[0, 10], 0.5, 5],
  [[3, 1, 2], 0.5, 2],
  [[1, 2, 3, 4], 0.25, 1.75],
  [[7], 0.99, 7],
])('finds in %j the quantile %d', (values, share, expected) => {
  expect(quantile(values, share)).toBe(expected);
});

it('names what is wrong with an option', () => {
  expect(() => parseOptions(['--contenders', 'plain,nginx'])).toThrow(
    '--contenders is "nginx": use plain, better-sse, fastify-sse, nchan',
  );
  expect(() => parseOptions(['--pairs', '2.5'])).toThrow(
    '--pairs is "2.5": give a whole number of at least 1',
  );
});
