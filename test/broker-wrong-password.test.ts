import { inspect } from 'node:util';
import { connectRabbitMq } from '@quotewire/bus';
import {
  createRecordingLogger,
  createTestTopology,
  erlangBinary,
  evaluateOn,
  eventually,
  within,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';
import { watchOutgoingSockets } from './support/outgoing-sockets.ts';
import { recordTraffic } from './support/record-traffic.ts';
import { spawnProcess } from './support/start-process.ts';

const PASSWORD = 'Sesame/open!';

/** A clock whose waits last until `release`, and which records their lengths. */
function createHeldClock() {
  const waitsMs: number[] = [];
  const released = Promise.withResolvers<void>();
  return {
    clock: {
      now: () => performance.now(),
      async wait(ms: number, signal: AbortSignal) {
        waitsMs.push(ms);
        const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
        await Promise.race([released.promise, aborted]);
      },
    },
    waitsMs,
    release: () => released.resolve(),
  };
}

describeWithPrivateBroker('a bus whose login the broker refuses', (broker) => {
  function connectWithPassword(url: string) {
    const names = createTestTopology();
    const { topology } = names;
    const { logger, lines } = createRecordingLogger();
    const { clock, ...waits } = createHeldClock();
    const withPassword = new URL(url);
    withPassword.password = encodeURIComponent(PASSWORD);
    const bus = connectRabbitMq({ url: withPassword.href, name: 'test', topology, logger, clock });
    onTestFinished(() => bus.close());
    return { ...names, ...waits, names, bus, lines };
  }

  it('names the vhost that is missing or forbidden to the user', async () => {
    const url = new URL(broker().url);
    url.pathname = '/not%20there';
    const { topology } = createTestTopology();
    const { logger } = createRecordingLogger();
    const bus = connectRabbitMq({ url: url.href, name: 'test', topology, logger });
    onTestFinished(() => bus.close());
    await expect(bus.firstConnected).rejects.toThrow('the vhost "not there": does it exist');
  });

  it('ends the standalone process with a line that says to correct it', async () => {
    const url = new URL(broker().url);
    url.password = encodeURIComponent(PASSWORD);
    const standalone = spawnProcess('standalone', { env: { AMQP_URL: url.href, PORT: '0' } });
    expect(await standalone.waitForExit()).toBe(1);
    expect(standalone.output.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/refuses the user's name or the password.*: correct them in AMQP_URL/),
    ]);
    expect(standalone.output).not.toMatch(/start it|sesame/i);
  });

  it('waits 30 to 60 s between attempts, so that no host bans its address', async () => {
    const sockets = watchOutgoingSockets();
    onTestFinished(() => sockets.stop());
    const { waitsMs } = connectWithPassword(broker().url);
    await eventually(() => waitsMs.length === 2, { what: 'both connections wait' });
    expect(Math.min(...waitsMs)).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...waitsMs)).toBeLessThanOrEqual(60_000);
    expect(sockets.attemptsAt(broker().url)).toBe(2);
  });

  it('logs the refusal without the password, and connects once the password is right', async () => {
    const { names, bus, lines, release, ...opened } = connectWithPassword(broker().url);
    const { queue, log, wordSaid, pageRequested } = opened;
    const { words, gaps, pages } = recordTraffic(bus, names);
    const refusal = await bus.firstConnected.catch((error: unknown) => error);
    await eventually(() => bus.problems().filter((text) => text.includes('refused')).length === 2, {
      what: 'both connections are refused',
    });
    const problems = bus.problems();
    expect(problems).toEqual([
      expect.stringMatching(/^publishing: .*Login was refused/),
      expect.stringMatching(/^consuming: .*Login was refused/),
      `${queue.name}: not consuming`,
      `${log.name}: not caught up`,
    ]);

    const publishing = [
      bus.publish(wordSaid, { word: 'one' }),
      bus.publish(pageRequested, { page: 1 }),
      bus.publish(wordSaid, { word: 'two' }),
    ];
    await evaluateOn(
      broker().node,
      `ok = rabbit_auth_backend_internal:change_password(<<"guest">>, ${erlangBinary(PASSWORD)}, <<"tests">>)`,
    );
    release();
    await within(Promise.all(publishing), {
      what: 'all waiting events are confirmed',
      timeoutMs: 30_000,
    });
    await eventually(() => bus.problems().length === 0, { what: 'the bus reports no problem' });
    await eventually(() => words.length >= 2 && pages.length >= 1, {
      what: 'the words are read and the job is done',
    });
    expect(words).toEqual(['one', 'two']);
    expect(pages).toEqual([1]);
    expect(gaps).toEqual([]);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
    const said = inspect([refusal, problems, lines], { depth: null, showHidden: true });
    expect(said).not.toMatch(/sesame/i);
  });
});
