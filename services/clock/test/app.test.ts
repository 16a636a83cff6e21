import { type App, createLogger, createMetrics } from '@quotewire/service';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildClockApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
let app: App;

beforeEach(async () => {
  const config = loadConfig({ DRAIN_SECONDS: '0', CORS_ORIGINS: 'https://friend.example' });
  app = await buildClockApp({ config, logger, metrics: createMetrics() });
});
afterEach(() => app.close());

it.for(['/clockEvent', '/counterEvent'])('answers HEAD %s at once', async (url) => {
  const head = await app.inject({ method: 'HEAD', url });
  expect(head.statusCode).toBe(200);
  expect(head.headers['content-type']).toBe('text/event-stream');
});

it.for(['cet', 'est,cet', 'est&events=cet', 'EST', 'est,'])(
  'refuses ?events=%s, and names the events',
  async (events) => {
    const refused = await app.inject(`/clockEvent?events=${events}`);
    expect(refused.statusCode).toBe(400);
    expect(refused.json().message).toMatch(/unknown event "\w*": choose from message, est, pdt/);
  },
);

it.for(['/clockEvent', '/counterEvent'])(
  'lets the pages of allowed origins read %s, and no others',
  async (url) => {
    const allowed = async (origin: string) =>
      (await app.inject({ method: 'HEAD', url, headers: { origin } })).headers[
        'access-control-allow-origin'
      ];
    expect(await allowed('https://friend.example')).toBe('https://friend.example');
    expect(await allowed('https://evil.example')).toBeUndefined();
  },
);

it.for(['/clock', '/counter'])('serves the page %s', async (url) => {
  const page = await app.inject(url);
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toMatch(/^text\/html/);
});

it('drains clocks and counters concurrently, alive but not ready meanwhile', async () => {
  const config = loadConfig({ DRAIN_SECONDS: '20', CORS_ORIGINS: '' });
  const draining = await buildClockApp({ config, logger, metrics: createMetrics() });
  const origin = await draining.listen({ port: 0, host: '127.0.0.1' });
  const leaving = new AbortController();
  // enough streams that some of each are still open
  for (const path of [
    ...Array<string>(9).fill('/clockEvent'),
    ...Array<string>(9).fill('/counterEvent'),
  ]) {
    await fetch(`${origin}${path}`, { signal: leaving.signal });
  }
  const closed = draining.close();
  await expect.poll(async () => (await fetch(`${origin}/readyz`)).status).toBe(503);
  expect(await (await fetch(`${origin}/readyz`)).json()).toMatchObject({ problems: ['closing'] });
  expect((await fetch(`${origin}/livez`)).status).toBe(200);
  for (const path of ['/clockEvent', '/clockEvent?events=est', '/counterEvent']) {
    const late = await fetch(`${origin}${path}`);
    expect(late.status).toBe(200);
    expect(await late.text()).toMatch(/^retry: \d{4}\n\n$/);
  }
  leaving.abort();
  await closed;
});
