import { BusError, createMemoryBus, type DataOf, type MemoryBus } from '@quotewire/bus';
import {
  scrapeQueue,
  type scrapeRequested,
  timerChanged,
  timerLeaderLock,
  timerLog,
  timerTicked,
  topologyOf,
} from '@quotewire/events';
import { type App, createMetrics, createLogger } from '@quotewire/service';
import type { Source } from '@quotewire/sources';
import { eventually } from '@quotewire/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
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

async function open(env: Record<string, string> = {}, given = sources): Promise<void> {
  const config = loadConfig({ PORT: '0', HOST: '127.0.0.1', ...env });
  app = await buildTimerApp({ config, bus, sources: given, logger, metrics: createMetrics() });
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

it('is stopped at first, and lists its sources', async () => {
  await open();
  const view = (await app.inject('/timer')).json();
  expect(view).toMatchObject({ state: 'stopped', intervalSeconds: 60, nextTickAt: null });
  expect(view.sources).toMatchObject([
    { name: 'often', enabled: true, intervalSeconds: 1, everySeconds: 1 },
    { name: 'off', enabled: false, intervalSeconds: null, everySeconds: 60 },
    { name: 'seldom', enabled: true, intervalSeconds: 86_400 },
  ]);
});

it('requests every enabled source at its start, and then each source when it is due', async () => {
  await open();
  const started = await post('/timer/start', { intervalSeconds: 30 });
  expect(started.statusCode).toBe(202);
  expect(started.json()).toMatchObject({ state: 'running', intervalSeconds: 30 });
  expect(started.json().nextTickAt).not.toBeNull();
  const asked = (await jobsOf(4)).map((job) => job.source);
  expect(asked.slice(0, 2).sort()).toEqual(['often', 'seldom']);
  expect(asked.slice(2, 4)).toEqual(['often', 'often']);
});

it('shows the interval that applies: at least a minute for the site of someone else', async () => {
  await open({}, [source('foreign'), source('own', { url: 'http://127.0.0.1:9/' })]);
  const view = (await post('/timer/start', { intervalSeconds: 5 })).json();
  expect(view.sources).toMatchObject([{ everySeconds: 60 }, { everySeconds: 5 }]);
});

it('gives each run an id and an expiry', async () => {
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

it('requests one source', async () => {
  await open();
  expect((await post('/timer/tick', { source: 'seldom' })).statusCode).toBe(202);
  expect((await jobsOf(1)).map((job) => job.source)).toEqual(['seldom']);
});

it('refuses an unknown source and a disabled one', async () => {
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

describe('with an ADMIN_TOKEN', () => {
  it.for(['start', 'stop', 'tick'])('requires the token to %s', async (verb) => {
    await open({ ADMIN_TOKEN: 'a-long-secret' });
    const ask = async (headers: Record<string, string>) =>
      (await app.inject({ method: 'POST', url: `/timer/${verb}`, payload: {}, headers }))
        .statusCode;
    expect(await ask({})).toBe(401);
    for (const token of ['', 'a-long-secreT', 'a-long-secret-', 'a-long-secre']) {
      expect(await ask({ authorization: `Bearer ${token}` })).toBe(401);
    }
    expect(await ask({ authorization: 'Basic a-long-secret' })).toBe(401);
    expect(jobs).toEqual([]);
    expect(await ask({ authorization: 'Bearer a-long-secret' })).toBe(202);
  });

  it('shows its state without the token', async () => {
    await open({ ADMIN_TOKEN: 'a-long-secret' });
    expect((await app.inject('/timer')).statusCode).toBe(200);
  });
});

it('resumes after a restart when it was running, with the same interval', async () => {
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

it('stays stopped after a restart when it was stopped, even with TIMER_AUTOSTART', async () => {
  await open({ TIMER_AUTOSTART: 'true' });
  await jobsOf(1);
  expect((await post('/timer/stop')).json().state).toBe('stopped');
  await app.close();
  await open({ TIMER_AUTOSTART: 'true' });
  await bus.follow(timerLog, () => {}).caughtUp;
  expect((await app.inject('/timer')).json().state).toBe('stopped');
});

/** Waits until the app has read what was published. */
async function caughtUp(): Promise<void> {
  const follower = bus.follow(timerLog, () => {}, { newest: 1 });
  await follower.caughtUp;
  await follower.close();
}
const TICKS = 25_000;
/** More than the log holds. */
async function tickOften(): Promise<void> {
  for (let n = 0; n < TICKS; n += 1) {
    const slot = new Date(1.6e12 + n * 1_000).toISOString();
    await bus.publish(timerTicked, { source: `busy-${n % 100}`, runId: 'run', slot });
    if (n % 100 === 0) await caughtUp();
  }
  await caughtUp();
}

it.for(['running', 'stopped'])(
  'is still %s after a restart, however many ticks have followed on that',
  async (state) => {
    await open({ TIMER_AUTOSTART: 'true' });
    await jobsOf(2);
    await post('/timer/start', { intervalSeconds: 45 });
    if (state === 'stopped') await post('/timer/stop');
    await caughtUp();
    const before = (await app.inject('/timer')).json();
    const lastTickOf = (view: typeof before, name: string) =>
      view.sources.find((one: { name: string }) => one.name === name).lastTickAt;
    expect(lastTickOf(before, 'seldom')).not.toBeNull();
    await tickOften();
    await app.close();
    jobs.length = 0;
    await open({ TIMER_AUTOSTART: 'true' });
    await caughtUp();
    const after = (await app.inject('/timer')).json();
    expect(after).toMatchObject({ state, intervalSeconds: 45 });
    if (state === 'running') await jobsOf(2);
    // a source with a daily interval is neither requested again nor forgotten
    expect(lastTickOf(after, 'seldom')).toBe(lastTickOf(before, 'seldom'));
    expect(jobs.map((job) => job.source)).not.toContain('seldom');
  },
);

it('starts by itself once the broker accepts its start, and is not ready before', async () => {
  const publish = bus.publish.bind(bus);
  let isRefusing = true;
  bus.publish = async (eventType, ...rest) => {
    if (isRefusing && eventType.type === timerChanged.type)
      throw new BusError('UNCONFIRMED', "the broker didn't answer");
    return publish(eventType, ...rest);
  };
  await open({ TIMER_AUTOSTART: 'true' });
  await caughtUp();
  const unready = await app.inject('/readyz');
  expect(unready.statusCode).toBe(503);
  expect(unready.json().problems).toEqual([expect.stringContaining('TIMER_AUTOSTART')]);
  isRefusing = false;
  await jobsOf(2);
  expect((await app.inject('/readyz')).statusCode).toBe(200);
});

it('requests all sources through a work queue with room for few', async () => {
  const many = Array.from({ length: 300 }, (_, n) => source(`s-${n}`, { intervalSeconds: 86_400 }));
  await bus.close();
  const topology = topologyOf();
  const workQueues = topology.workQueues.map((queue) => ({ ...queue, maxLength: 40 }));
  bus = createMemoryBus({ name: 'test', topology: { ...topology, workQueues }, logger });
  await open({}, many);
  await post('/timer/start');
  await caughtUp();
  expect((await app.inject('/metrics')).body).toMatch(/^timer_ticks_waiting [1-9]/m);
  bus.consume(scrapeQueue, async ({ data }) => {
    jobs.push(data);
    onJob(data);
  });
  const asked = await jobsOf(300);
  expect(new Set(asked.map((job) => job.source)).size).toBe(300);
  expect(asked).toHaveLength(300);
});

it('reports an absent broker', async () => {
  await open();
  await bus.close();
  const refused = await post('/timer/tick');
  expect(refused.statusCode).toBe(503);
  expect(refused.json().message).toContain('closed');
});

it('ticks no source until it leads', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const lead = await bus.tryLock(timerLeaderLock);
  await open();
  await caughtUp();
  expect((await post('/timer/start', { intervalSeconds: 1 })).statusCode).toBe(202);
  await caughtUp();
  await vi.advanceTimersByTimeAsync(3_600_000);
  // requests in flight before this one precede it in the queue
  await post('/timer/tick', { source: 'seldom' });
  await jobsOf(1);
  expect(jobs.map(({ source: name }) => name)).toEqual(['seldom']);
  vi.useRealTimers();
  await lead?.release();
  expect((await jobsOf(3)).map(({ source: name }) => name)).toContain('often');
});

it('counts the slots that another timer also used', async () => {
  await open();
  await caughtUp();
  const tick = (slot: string) => bus.publish(timerTicked, { source: 'seldom', runId: 'run', slot });
  for (const minute of ['00', '01', '01', '02']) await tick(`2026-01-01T00:${minute}:00.000Z`);
  await caughtUp();
  const { body } = await app.inject('/metrics');
  expect(body).toMatch(/^timer_slots_repeated_total 1$/m);
});

it('tells in its metrics whether it runs and leads, and when each enabled source last ticked', async () => {
  await open();
  const metrics = async () => (await app.inject('/metrics')).body;
  await eventually(async () => (await metrics()).includes('\ntimer_leading 1\n'), {
    what: 'the timer leads',
  });
  const stopped = await metrics();
  expect(stopped).toContain('\ntimer_running 0\n');
  expect(stopped).toContain('timer_interval_seconds{source="seldom"} 86400\n');
  expect(stopped).not.toContain('source="off"');
  expect(stopped).not.toContain('timer_last_tick_timestamp_seconds{source="often"}');
  await post('/timer/start');
  const hasTicked = /timer_last_tick_timestamp_seconds\{source="often"\} \d{10}/;
  const running = await eventually(async () => hasTicked.exec(await metrics())?.input, {
    what: 'the timer has ticked',
  });
  expect(running).toContain('\ntimer_running 1\n');
});

it('refuses at once to start, stop or tick while the broker blocks publishers', async () => {
  const connections = [{ role: 'publish', isOpen: true, isBlocked: true }];
  bus = { ...bus, status: () => ({ connections, unconfirmed: 0, logs: [] }) };
  await open();
  for (const verb of ['start', 'stop', 'tick']) {
    const refused = await post(`/timer/${verb}`);
    expect(refused.statusCode).toBe(503);
    expect(refused.json().message).toContain('short of memory or disk');
  }
});

it('finds its state further back than it reads at first, as versions with rarer snapshots left it', async () => {
  await bus.publish(timerChanged, { state: 'running', intervalSeconds: 45 });
  const slot = new Date(1.6e12).toISOString();
  for (let n = 0; n < 1_500; n += 1) {
    await bus.publish(timerTicked, { source: `busy-${n % 100}`, runId: 'run', slot });
  }
  await open();
  await caughtUp();
  await eventually(async () => (await app.inject('/timer')).json().state === 'running', {
    what: 'the timer knows that it runs',
  });
  expect((await app.inject('/timer')).json()).toMatchObject({ intervalSeconds: 45 });
});
