import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';

const WORKER = new URL('bus-memory/worker.ts', import.meta.url).pathname;

describeWithBroker('the memory of a bus', (broker) => {
  /** The smallest growth of the heap over a batch, by repetition: what's leaked is leaked in every batch. */
  async function bytesLeakedBy(what: 'locks' | 'reconnects', size: number): Promise<number> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', WORKER, what, String(size)],
      { env: { ...process.env, AMQP_URL: broker.url } },
    );
    const growths = JSON.parse(stdout) as number[];
    return Math.min(...growths) / size;
  }

  it('does not grow with each lock that is taken and released', async () => {
    expect(await bytesLeakedBy('locks', 1_000)).toBeLessThan(100);
  }, 240_000);

  it('does not grow with each reconnect', async () => {
    expect(await bytesLeakedBy('reconnects', 20)).toBeLessThan(4_000);
  }, 240_000);
});
