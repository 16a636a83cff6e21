import { connectRabbitMq, type RabbitMqBus } from '@quotewire/bus';
import { timerLog, timerTicked, topologyOf } from '@quotewire/events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../packages/bus/test/silent-logger.ts';
import { describeWithBroker } from './support/broker.ts';
import { eventually } from './support/eventually.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';
import { toscrapeSource, writeSources } from './support/write-sources.ts';

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
      if (event?.type === timerTicked.type) ticks.push(`${event.data.source} ${event.data.slot}`);
    });
    await reading.caughtUp;
    // nobody scrapes: only what is asked for matters
    const sources = ['one', 'two'].map((name) =>
      toscrapeSource({ name, url: 'http://127.0.0.1:1/', intervalSeconds: 1 }),
    );
    env = { AMQP_URL: broker.url, SOURCES_FILE: writeSources(sources) };
    timers = await Promise.all([startProcess('timer', { env }), startProcess('timer', { env })]);
    await eventually(() => timers.some(isLeader), { what: 'one of the timers leads' });
  });
  afterAll(() => bus?.close());

  const isLeader = ({ output }: ListeningProcess) => /"msg":"this timer ticks"/.test(output);
  const stateOf = async ({ url }: ListeningProcess) =>
    ((await (await fetch(`${url}/timer`)).json()) as { state: string }).state;
  const moreTicks = async (count: number) => {
    const enough = ticks.length + count;
    await eventually(() => ticks.length >= enough, { what: `${count} more ticks` });
  };

  it('tick once for each slot of each source, whichever of them was started', async () => {
    const idle = timers.find((timer) => !isLeader(timer));
    await fetch(`${idle?.url}/timer/start`, { method: 'POST' });
    await moreTicks(8);
    expect(new Set(ticks).size).toBe(ticks.length);
    expect(timers.filter(isLeader)).toHaveLength(1);
    for (const timer of timers) expect(await stateOf(timer)).toBe('running');
  });

  it('go on when the one that ticks is killed, with at most one tick too many', async () => {
    const leader = timers.find(isLeader);
    const other = timers.find((timer) => timer !== leader);
    await leader?.kill9();
    await eventually(() => other !== undefined && isLeader(other), { what: 'the other one leads' });
    await moreTicks(4);
    expect(ticks.length - new Set(ticks).size).toBeLessThanOrEqual(1);
    timers = timers.filter((timer) => timer !== leader);
  });

  it('go on after both were restarted, since they were started', async () => {
    await Promise.all(timers.map((timer) => timer.terminate()));
    timers = [await startProcess('timer', { env })];
    await moreTicks(4);
    expect(await stateOf(timers[0] as ListeningProcess)).toBe('running');
  });

  it('stay stopped after a restart when they were stopped', async () => {
    await fetch(`${timers[0]?.url}/timer/stop`, { method: 'POST' });
    await Promise.all(timers.map((timer) => timer.terminate()));
    timers = [await startProcess('timer', { env: { ...env, TIMER_AUTOSTART: 'true' } })];
    await eventually(() => timers.every(isLeader), { what: 'the timer leads' });
    expect(await stateOf(timers[0] as ListeningProcess)).toBe('stopped');
  });
});
