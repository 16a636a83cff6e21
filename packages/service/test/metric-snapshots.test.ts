import { expect, it } from 'vitest';
import { addSnapshots, countsOf, formatSnapshots, withoutWorker } from '../src/metric-snapshots.ts';
import { createMetrics } from '../src/metrics.ts';

/** The metrics of a worker with so many eggs. */
function createWorker(worker: string, eggs: number) {
  const metrics = createMetrics({ worker });
  metrics.counters({ eggs_total: { help: 'Eggs laid.', labels: ['colour'] } })(
    'eggs_total',
    { colour: 'white' },
    eggs,
  );
  metrics.histogram('egg_grams', { help: 'Weight.', buckets: [50, 100] })(eggs * 10);
  metrics.gauge('hens', { help: 'Hens.', read: () => eggs });
  metrics.gauges('doors', {
    help: 'Doors.',
    labels: [],
    read: () => [{ labels: {}, value: eggs }],
  });
  return metrics;
}

it('adds up counts and gauges without labels of workers, and tells them apart in the rest', async () => {
  const workers = [createWorker('1', 3), createWorker('2', 7)];
  const text = await formatSnapshots(await Promise.all(workers.map((one) => one.snapshot())));
  expect(text).toContain('\neggs_total{colour="white"} 10\n');
  expect(text).toContain('\negg_grams_bucket{le="50"} 1\n');
  expect(text).toContain('\negg_grams_bucket{le="100"} 2\n');
  expect(text).toContain('\negg_grams_sum 100\n');
  expect(text).toContain('\nhens 10\n');
  expect(text).toContain('\ndoors{worker="1"} 3\ndoors{worker="2"} 7\n');
  // which the registry alone would omit, or add up
  expect(text).toMatch(/\nprocess_start_time_seconds\{worker="1"\} \d/);
  expect(text).toMatch(/\nprocess_resident_memory_bytes\{worker="2"\} \d/);
});

it('keeps of a worker that has ended what counts, and of one that drains what adds up', async () => {
  const ended = await createWorker('1', 3).snapshot();
  const namesOf = (snapshot: readonly { name: string }[]) => snapshot.map(({ name }) => name);
  expect(namesOf(countsOf(ended))).toEqual(expect.arrayContaining(['eggs_total', 'egg_grams']));
  expect(namesOf(countsOf(ended))).not.toContain('hens');
  expect(namesOf(withoutWorker(ended))).toContain('hens');
  expect(namesOf(withoutWorker(ended))).not.toContain('doors');
  const twice = await addSnapshots([countsOf(ended), countsOf(ended)]);
  expect(await formatSnapshots([twice])).toContain('\neggs_total{colour="white"} 6\n');
});
