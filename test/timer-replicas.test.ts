import { connectRabbitMq, type RabbitMqBus } from '@quotewire/bus';
import { timerChanged, timerLog, timerTicked, topologyOf } from '@quotewire/events';
import { eventually, silentLogger, startTcpProxy } from '@quotewire/testing';
import { toscrapeSource, writeSources } from '@quotewire/testing/write-sources';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

describeWithBroker('two timers', (broker) => {
  let bus: RabbitMqBus;
  let env: Record<string, string>;
  let timers: ListeningProcess[];
  /** `source slot` of each tick, in log order. */
  const ticks: string[] = [];

  beforeAll(async () => {
    bus = connectRabbitMq({
      url: broker.url,
      name: 'test',
      topology: topologyOf(),
      logger: silentLogger,
    });
    const reading = bus.follow(timerLog, ({ event }) => {
      const isOwn = event?.type === timerTicked.type && ['one', 'two'].includes(event.data.source);
      if (isOwn) ticks.push(`${event.data.source} ${event.data.slot}`);
    });
    await reading.caughtUp;
    // no scraper runs: only the requests matter
    const sources = ['one', 'two'].map((name) =>
      toscrapeSource({ name, url: 'http://127.0.0.1:1/', intervalSeconds: 1 }),
    );
    env = { AMQP_URL: broker.url, SOURCES_FILE: writeSources(sources) };
    timers = await Promise.all([startProcess('timer', { env }), startProcess('timer', { env })]);
    await eventually(() => timers.some(isLeader), { what: 'one of the timers leads' });
  });
  afterAll(() => bus?.close());

  const isLeader = ({ output }: ListeningProcess) => /"msg":"acquired leadership"/.test(output);
  const stateOf = async ({ url }: ListeningProcess) =>
    ((await (await fetch(`${url}/timer`)).json()) as { state: string }).state;
  const moreTicks = async (count: number) => {
    const enough = ticks.length + count;
    await eventually(() => ticks.length >= enough, { what: `${count} more ticks` });
  };

  it('tick once for each slot of each source, whichever of them received the start', async () => {
    const idle = timers.find((timer) => !isLeader(timer));
    await fetch(`${idle?.url}/timer/start`, { method: 'POST' });
    await moreTicks(8);
    expect(new Set(ticks).size).toBe(ticks.length);
    expect(timers.filter(isLeader)).toHaveLength(1);
    for (const timer of timers) expect(await stateOf(timer)).toBe('running');
  });

  it('fail over when the leader is killed, and repeat no slot', async () => {
    const leader = timers.find(isLeader);
    const other = timers.find((timer) => timer !== leader);
    await leader?.kill9();
    await eventually(() => other !== undefined && isLeader(other), {
      what: 'the other timer leads',
    });
    await moreTicks(4);
    expect(new Set(ticks).size).toBe(ticks.length);
    timers = timers.filter((timer) => timer !== leader);
  });

  it("fail over when the leader's connection goes silent, and repeat no slot", async () => {
    await Promise.all(timers.map((timer) => timer.terminate()));
    const link = await startTcpProxy(broker.url);
    onTestFinished(() => link.close());
    const silenced = await startProcess('timer', { env: { ...env, AMQP_URL: link.url } });
    await eventually(() => isLeader(silenced), { what: 'the first timer leads' });
    const other = await startProcess('timer', { env });
    timers = [other];
    await moreTicks(4);
    link.stall();
    await eventually(() => isLeader(other), { what: 'the other timer leads', timeoutMs: 40_000 });
    await moreTicks(4);
    await link.heal();
    await eventually(async () => (await fetch(`${silenced.url}/readyz`)).ok, {
      what: 'the silenced timer has reconnected',
      timeoutMs: 30_000,
    });
    await moreTicks(4);
    expect(new Set(ticks).size).toBe(ticks.length);
    await silenced.terminate();
  });

  it('remember that they were started after more ticks than the log retains', async () => {
    for (let batch = 0; batch < 50; batch += 1) {
      const publishing = Array.from({ length: 500 }, (_, index) => {
        const slot = new Date(1.6e12 + (batch * 500 + index) * 1_000).toISOString();
        return bus.publish(timerTicked, { source: `busy-${index}`, runId: 'run', slot });
      });
      await Promise.all(publishing);
    }
    await Promise.all(timers.map((timer) => timer.terminate()));
    let starts = 0;
    const rereading = bus.follow(timerLog, ({ event }) => {
      if (event?.type === timerChanged.type) starts += 1;
    });
    await rereading.caughtUp;
    expect(starts).toBe(0);
    timers = [await startProcess('timer', { env })];
    await eventually(async () => (await stateOf(timers[0] as ListeningProcess)) === 'running', {
      what: 'it is running',
    });
    await moreTicks(4);
  });

  it('resume after both restart if they were started', async () => {
    await Promise.all(timers.map((timer) => timer.terminate()));
    timers = [await startProcess('timer', { env })];
    await moreTicks(4);
    expect(await stateOf(timers[0] as ListeningProcess)).toBe('running');
  });

  it('stay stopped after both restart if they were stopped', async () => {
    await fetch(`${timers[0]?.url}/timer/stop`, { method: 'POST' });
    await Promise.all(timers.map((timer) => timer.terminate()));
    timers = [await startProcess('timer', { env: { ...env, TIMER_AUTOSTART: 'true' } })];
    await eventually(() => timers.every(isLeader), { what: 'the timer leads' });
    expect(await stateOf(timers[0] as ListeningProcess)).toBe('stopped');
  });
});
