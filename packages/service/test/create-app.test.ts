import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { type App, createApp } from '../src/create-app.ts';
import { requireToken } from '../src/guards.ts';
import { createMetrics } from '../src/metrics.ts';

const http = {
  port: 0,
  host: '127.0.0.1',
  logLevel: 'silent',
  corsOrigins: ['https://friend.example'],
  trustProxy: false,
};
let app: App;

async function build(problems: () => string[] = () => [], token?: string): Promise<App> {
  app = await createApp({
    title: 'Test',
    http,
    logger: pino({ level: 'silent' }),
    metrics: createMetrics(),
    problems,
  });
  app.post('/echo', { onRequest: requireToken(token) }, (request) => request.body);
  app.get('/boom', () => {
    throw new Error('a secret');
  });
  return app;
}
afterEach(() => app.close());

it('is alive, and ready as long as it has no problem', async () => {
  const problems: string[] = [];
  await build(() => problems);
  expect((await app.inject('/livez')).statusCode).toBe(200);
  expect((await app.inject('/readyz')).statusCode).toBe(200);
  problems.push('publishing: no connection');
  const unready = await app.inject('/readyz');
  expect(unready.statusCode).toBe(503);
  expect(unready.json()).toEqual({ status: 'unavailable', problems });
  expect((await app.inject('/livez')).statusCode).toBe(200);
});

it('shows metrics and its own description', async () => {
  await build();
  expect((await app.inject('/metrics')).body).toContain('process_cpu_seconds_total');
  expect((await app.inject('/openapi.json')).json()).toMatchObject({
    openapi: '3.1.0',
    paths: { '/echo': {} },
  });
});

it("refuses what another site's page asks for, unless it's allowed", async () => {
  await build();
  const post = (origin: string) =>
    app.inject({ method: 'POST', url: '/echo', headers: { origin, host: 'own.example' } });
  expect((await post('https://evil.example')).statusCode).toBe(403);
  expect((await post('null')).statusCode).toBe(403);
  expect((await post('https://own.example')).statusCode).toBe(200);
  expect((await post('https://friend.example')).statusCode).toBe(200);
});

it('lets the pages of allowed origins read, and no others', async () => {
  await build();
  const get = (origin: string) => app.inject({ url: '/livez', headers: { origin } });
  expect((await get('https://friend.example')).headers['access-control-allow-origin']).toBe(
    'https://friend.example',
  );
  expect(
    (await get('https://evil.example')).headers['access-control-allow-origin'],
  ).toBeUndefined();
});

it('takes JSON or nothing', async () => {
  await build();
  const post = (payload: string, type: string) =>
    app.inject({ method: 'POST', url: '/echo', payload, headers: { 'content-type': type } });
  expect((await post('{"a":1}', 'application/json')).json()).toEqual({ a: 1 });
  expect((await post('', 'application/json')).json()).toEqual({});
  expect((await app.inject({ method: 'POST', url: '/echo' })).json()).toEqual({});
  const form = await post('a=1', 'application/x-www-form-urlencoded');
  expect(form.statusCode).toBe(415);
  expect(form.json().message).toContain('content-type: application/json');
  expect((await post('{', 'application/json')).statusCode).toBe(400);
  expect((await post(`"${'x'.repeat(70_000)}"`, 'application/json')).statusCode).toBe(413);
});

it('asks for the token where there is one', async () => {
  await build(() => [], 'correct horse');
  const post = (authorization?: string) =>
    app.inject({ method: 'POST', url: '/echo', headers: authorization ? { authorization } : {} });
  const refused = await post();
  expect(refused.statusCode).toBe(401);
  expect(refused.headers['www-authenticate']).toBe('Bearer');
  expect((await post('Bearer wrong')).statusCode).toBe(401);
  expect((await post('Bearer correct horse')).statusCode).toBe(401);
  app = await build(() => [], 'correct-horse');
  expect((await post('Bearer correct-horse')).statusCode).toBe(200);
});

it('keeps to itself what broke', async () => {
  await build();
  const broken = await app.inject('/boom');
  expect(broken.statusCode).toBe(500);
  expect(broken.body).not.toContain('secret');
});

it('limits how often one address may change something', async () => {
  await build();
  const statuses = [];
  for (let n = 0; n < 121; n += 1)
    statuses.push((await app.inject({ method: 'POST', url: '/echo' })).statusCode);
  expect(statuses.slice(0, 120).every((status) => status === 200)).toBe(true);
  expect(statuses[120]).toBe(429);
});

it('says which address is unknown', async () => {
  await build();
  expect((await app.inject('/nowhere')).json()).toEqual({
    statusCode: 404,
    error: 'Not Found',
    message: "there's no GET /nowhere",
  });
});

it('lets no script but its own into its pages', async () => {
  await build();
  const policy = String((await app.inject('/livez')).headers['content-security-policy']);
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain('upgrade-insecure-requests');
});
