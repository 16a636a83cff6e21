import { createMemoryBus, type DataOf, type MemoryBus } from '@quotewire/bus';
import {
  scrapeQueue,
  type scrapeRequested,
  timerLog,
  timerTicked,
  topologyOf,
} from '@quotewire/events';
import { type App, createMetrics, createLogger } from '@quotewire/service';
import type { Source } from '@quotewire/sources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildTimerApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

type Job = DataOf<typeof scrapeRequested>;

const logger = createLogger({ name: 'test', level: 'silent' });
const source = (name: string, settings: Partial<Source> = {}): Source => ({
  name,
  enabled: true,
  url: `https://${name}.example/`,
  item: 'p',
  fields: { text: ':scope' },
  maxPages: 20,
  ...settings,
});
const sources = [
  source('often', { url: 'http://127.0.0.1:9/', intervalSeconds: 1 }),
  source('off', { enabled: false }),
  source('seldom', { intervalSeconds: 86_400 }),
];

let bus: MemoryBus;
let app: App;
let jobs: Job[];
let onJob: (job: Job) => void;

beforeEach(() => {
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  jobs = [];
  onJob = () => {};
  bus.consume(scrapeQueue, async ({ data }) => {
    jobs.push(data);
    onJob(data);
  });
});
afterEach(async () => {
  await app.close();
  await bus.close();
});

async function open(env: Record<string, string> = {}): Promise<void> {
  const config = loadConfig({ PORT: '0', HOST: '127.0.0.1', ...env });
  app = await buildTimerApp({ config, bus, sources, logger, metrics: createMetrics() });
  await app.listen({ port: 0, host: '127.0.0.1' });
}

const post = (url: string, body: object = {}) => app.inject({ method: 'POST', url, payload: body });
const jobsOf = (count: number) =>
  new Promise<Job[]>((resolve) => {
    onJob = () => {
      if (jobs.length >= count) resolve(jobs);
    };
    onJob(undefined as never);
  });

it('is stopped at first, and tells about its sources', async () => {
  await open();
  const view = (await app.inject('/timer')).json();
  expect(view).toMatchObject({ state: 'stopped', intervalSeconds: 60, nextTickAt: null });
  expect(view.sources).toMatchObject([
    { name: 'often', enabled: true, intervalSeconds: 1 },
    { name: 'off', enabled: false, intervalSeconds: null },
    { name: 'seldom', enabled: true, intervalSeconds: 86_400 },
  ]);
});

it('asks for every enabled source when it is started, and then for each when it is due', async () => {
  await open();
  const started = await post('/timer/start', { intervalSeconds: 30 });
  expect(started.statusCode).toBe(202);
  expect(started.json()).toMatchObject({ state: 'running', intervalSeconds: 30 });
  expect(started.json().nextTickAt).not.toBeNull();
  const asked = (await jobsOf(4)).map((job) => job.source);
  expect(asked.slice(0, 2).sort()).toEqual(['often', 'seldom']);
  expect(asked.slice(2, 4)).toEqual(['often', 'often']);
});

it('gives each run an id of its own, and a time from which it is not worth doing', async () => {
  await open();
  const { jobs: answered } = (await post('/timer/tick')).json();
  const asked = await jobsOf(2);
  expect(new Set(asked.map(({ runId }) => runId)).size).toBe(2);
  expect(answered.map(({ runId }: Job) => runId)).toEqual(asked.map(({ runId }) => runId));
  for (const { expiresAt, page } of asked) {
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    expect(page).toBe(1);
  }
});

it('asks for one source', async () => {
  await open();
  expect((await post('/timer/tick', { source: 'seldom' })).statusCode).toBe(202);
  expect((await jobsOf(1)).map((job) => job.source)).toEqual(['seldom']);
});

it('refuses a source that it does not know, and one that is disabled', async () => {
  await open();
  const unknown = await post('/timer/tick', { source: 'nobody' });
  expect(unknown.statusCode).toBe(404);
  expect(unknown.json().message).toContain('"nobody"');
  const disabled = await post('/timer/tick', { source: 'off' });
  expect(disabled.statusCode).toBe(409);
  expect(disabled.json().message).toContain('"enabled": true');
  expect(jobs).toEqual([]);
});

it.for([
  { intervalSeconds: 0 },
  { intervalSeconds: 86_401 },
  { intervalSeconds: 'often' },
  { interval: 5 },
])('refuses to start with %j', async (body) => {
  await open();
  const refused = await post('/timer/start', body);
  expect(refused.statusCode).toBe(400);
  expect(refused.json().message).toContain('body');
});

it('goes on after a restart when it was running, with the interval that it had', async () => {
  await open();
  await post('/timer/start', { intervalSeconds: 45 });
  await jobsOf(2);
  await app.close();
  jobs.length = 0;
  await open();
  await jobsOf(1);
  expect((await app.inject('/timer')).json()).toMatchObject({
    state: 'running',
    intervalSeconds: 45,
  });
});

it('stays stopped after a restart when it was stopped, even if it may start by itself', async () => {
  await open({ TIMER_AUTOSTART: 'true' });
  await jobsOf(1);
  expect((await post('/timer/stop')).json().state).toBe('stopped');
  await app.close();
  await open({ TIMER_AUTOSTART: 'true' });
  await bus.follow(timerLog, () => {}).caughtUp;
  expect((await app.inject('/timer')).json().state).toBe('stopped');
});

it('says that the broker is away', async () => {
  await open();
  await bus.close();
  const refused = await post('/timer/tick');
  expect(refused.statusCode).toBe(503);
  expect(refused.json().message).toContain('closed');
});

it('counts the slots for which another timer has ticked as well', async () => {
  await open();
  const caughtUp = () => bus.follow(timerLog, () => {}).caughtUp;
  await caughtUp();
  const tick = (slot: string) => bus.publish(timerTicked, { source: 'seldom', runId: 'run', slot });
  for (const minute of ['00', '01', '01', '02']) await tick(`2026-01-01T00:${minute}:00.000Z`);
  await caughtUp();
  const { body } = await app.inject('/metrics');
  expect(body).toMatch(/^timer_slots_repeated_total 1$/m);
});
