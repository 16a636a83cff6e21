import { expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { createMetrics } from '../src/metrics.ts';

const definitions = { eggs_total: { help: 'Eggs laid.', labels: ['colour'] } } as const;

it('adds up the counts of several services under one name', async () => {
  const metrics = createMetrics();
  const one = metrics.counters(definitions);
  const other = metrics.counters(definitions);
  one('eggs_total', { colour: 'white' });
  other('eggs_total', { colour: 'white' }, 2);
  other('eggs_total', { colour: 'brown' });
  const text = await metrics.text();
  expect(text).toContain('eggs_total{colour="white"} 3\n');
  expect(text).toContain('eggs_total{colour="brown"} 1\n');
});

it('adds up the gauges of several services at each scrape', async () => {
  const metrics = createMetrics();
  let hens = 1;
  metrics.gauge('hens', { help: 'Hens.', read: () => hens });
  metrics.gauge('hens', { help: 'Hens.', read: () => 10 });
  expect(await metrics.text()).toContain('\nhens 11\n');
  hens = 2;
  expect(await metrics.text()).toContain('\nhens 12\n');
});

it('refuses two declarations of one name', () => {
  const metrics = createMetrics();
  metrics.counters(definitions);
  const otherLabels = { eggs_total: { help: 'Eggs laid.', labels: [] } };
  expect(() => metrics.counters(otherLabels)).toThrow('eggs_total is declared already');
  expect(() => metrics.gauge('eggs_total', { help: 'Eggs.', read: () => 0 })).toThrow('eggs_total');
  const nodesOwn = { process_cpu_seconds_total: { help: 'Mine.', labels: [] } };
  expect(() => metrics.counters(nodesOwn)).toThrow('process_cpu_seconds_total');
});

it('starts a counter with labels at 0 for the label values that are known', async () => {
  const metrics = createMetrics();
  const zeros = [{ colour: 'white' }, { colour: 'brown' }];
  const count = metrics.counters({ eggs_total: { help: 'Eggs.', labels: ['colour'], zeros } });
  count('eggs_total', { colour: 'brown' });
  const text = await metrics.text();
  expect(text).toContain('eggs_total{colour="white"} 0\n');
  expect(text).toContain('eggs_total{colour="brown"} 1\n');
});

it('reads the values of a gauge with labels at each scrape, and drops those that are gone', async () => {
  const metrics = createMetrics();
  let hens = ['Ada', 'Eve'];
  metrics.gauges('hen_age_years', {
    help: 'Ages.',
    labels: ['name'],
    read: async () => hens.map((name) => ({ labels: { name }, value: 2 })),
  });
  expect(await metrics.text()).toContain('hen_age_years{name="Eve"} 2\n');
  hens = ['Ada'];
  const text = await metrics.text();
  expect(text).toContain('hen_age_years{name="Ada"} 2\n');
  expect(text).not.toContain('name="Eve"');
});

it('adds up the values of several services in one histogram', async () => {
  const metrics = createMetrics();
  const definition = { help: 'Weights.', buckets: [1, 2] };
  metrics.histogram('egg_weight', definition)(0.5);
  metrics.histogram('egg_weight', definition)(1.5);
  const text = await metrics.text();
  expect(text).toContain('egg_weight_bucket{le="1"} 1\n');
  expect(text).toContain('egg_weight_bucket{le="2"} 2\n');
  expect(text).toContain('egg_weight_count 2\n');
});

it('tells the version', async () => {
  const version = /quotewire_build_info\{version="(.*)"\} 1\n/.exec(
    await createMetrics().text(),
  )?.[1];
  expect(version).toBe(manifest.version);
});
