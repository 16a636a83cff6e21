import { expect, it } from 'vitest';
import { loadProcessConfig } from '../src/config.ts';

const UPSTREAM_URL = 'https://quotes.example/quoteEvent';

it('follows an upstream instead of a broker', () => {
  expect(loadProcessConfig({ UPSTREAM_URL }).origin).toEqual({ upstreamUrl: UPSTREAM_URL });
});

it.each(['AMQP_URL', 'CLOUDAMQP_URL'])('refuses an upstream beside %s', (name) => {
  const load = () => loadProcessConfig({ UPSTREAM_URL, [name]: 'amqp://127.0.0.1' });
  expect(load).toThrow(`UPSTREAM_URL and ${name} are both set`);
});

it('refuses an upstream that is no web address, and nothing to follow', () => {
  const load = () => loadProcessConfig({ UPSTREAM_URL: 'quotes.example' });
  expect(load).toThrow(/UPSTREAM_URL is "quotes.example", but must be the address of a stream/);
  expect(() => loadProcessConfig({})).toThrow('AMQP_URL is not set');
});
