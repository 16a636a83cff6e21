import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '@quotewire/testing';
import { afterAll, expect, it } from 'vitest';
import { metricOf } from './support/metrics.ts';
import {
  describeWithQuoteStream,
  gapsOn,
  numbersOn,
  range,
  receives,
} from './support/quote-stream.ts';

const PAUSED = 30;
const QUOTES = 2_000;
/** Together 18 MB, far more than the kernel buffers for a socket whose browser reads nothing. */
const QUOTE_BYTES = 9_000;
const MIB = 1024 * 1024;
const KERNEL_BYTES = 10 * MIB;

const env = { HISTORY_MAX_BYTES: String(2 * MIB) };

describeWithQuoteStream('browsers that stop reading', env, (system) => {
  const paused: Socket[] = [];
  const metric = (name: string) => metricOf(system.url, name);

  afterAll(() => {
    for (const socket of paused) socket.destroy();
  });

  it('delay no other browser, use bounded memory, and are disconnected once the history has passed them', async () => {
    const { port, hostname } = new URL(system.url);
    for (let index = 0; index < PAUSED; index += 1) {
      const socket = connect(Number(port), hostname).pause();
      paused.push(socket);
      await once(socket, 'connect');
      socket.on('error', () => {}).write('GET /quoteEvent HTTP/1.1\r\nhost: x\r\n\r\n');
    }
    // uncompressed, so that its bytes can be told from those of the others
    const reader = await system.open('', { 'accept-encoding': 'identity' });
    await eventually(async () => (await metric('sse_clients_connected')) === PAUSED + 1, {
      what: 'all are connected',
    });
    for (let first = 1; first <= QUOTES; first += 100) {
      const numbers = range(first, first + 99);
      for (const number of numbers) {
        const text = `quote ${number} ${'x'.repeat(QUOTE_BYTES)}`;
        await system.publisher.publish([number], { text });
      }
      await receives(reader, first + 99);
    }
    expect(numbersOn(reader)).toEqual(range(1, QUOTES));
    expect(gapsOn(reader)).toEqual([]);
    // a browser that stopped reading costs the bytes in its socket, and an index
    const bytesOfAll = await metric('sse_bytes_sent_total');
    const bytesOfReader = QUOTES * QUOTE_BYTES;
    expect(bytesOfAll).toBeGreaterThan(bytesOfReader);
    expect((bytesOfAll - bytesOfReader * 1.2) / PAUSED).toBeLessThan(KERNEL_BYTES);
    expect(await metric('sse_history_bytes')).toBeLessThanOrEqual(2 * MIB);

    for (const socket of paused) socket.resume();
    await eventually(async () => (await metric('sse_clients_connected')) === 1, {
      what: 'the browsers that stopped reading are disconnected',
    });
    expect(await metric('sse_disconnects_total{reason="slow"}')).toBe(PAUSED);
  });
});
