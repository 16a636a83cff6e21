import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

const WORKER = new URL('bus-memory/worker.ts', import.meta.url).pathname;

describeWithBroker('the memory of a bus', (broker) => {
  /**
   * Returns the objects that each repetition leaks: the fewest objects of the later batches minus the
   * fewest of the earlier ones. A connection that is being opened has some hundred more than an idle one.
   */
  async function objectsLeakedBy(what: 'locks' | 'reconnects', batch: number): Promise<number> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', WORKER, what, String(batch)],
      { env: { ...process.env, AMQP_URL: broker.url } },
    );
    const counts = JSON.parse(stdout) as number[];
    const half = counts.length / 2;
    return (Math.min(...counts.slice(half)) - Math.min(...counts.slice(0, half))) / (half * batch);
  }

  it('does not grow with each lock acquired and released', async () => {
    expect(await objectsLeakedBy('locks', 100)).toBeLessThan(2);
  }, 240_000);

  it('does not grow with each reconnect', async () => {
    expect(await objectsLeakedBy('reconnects', 8)).toBeLessThan(10);
  }, 240_000);
});
