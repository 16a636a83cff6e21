import { expect, it } from 'vitest';
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
