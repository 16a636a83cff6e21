import { type Logger, pino } from 'pino';
import { Type } from 'typebox';
import { afterEach, expect, it } from 'vitest';
import { type App, createApp } from '../src/create-app.ts';
import { requireToken } from '../src/guards.ts';
import { httpError } from '../src/http-error.ts';
import type { HttpConfig } from '../src/http-settings.ts';
import { createMetrics } from '../src/metrics.ts';

const http = {
  port: 0,
  host: '127.0.0.1',
  logLevel: 'silent',
  corsOrigins: ['https://friend.example'],
  trustProxy: false,
  allowedHosts: ['quotes.example.org', 'own.example'],
};
let app: App;

async function build(
  problems: () => string[] = () => [],
  token?: string,
  logger: Logger = pino({ level: 'silent' }),
  settings: Partial<HttpConfig> = {},
): Promise<App> {
  const given = { ...http, ...settings };
  app = await createApp({
    title: 'Test',
    http: given,
    logger,
    metrics: createMetrics(),
  });
  app.addReadinessCheck(problems);
  app.post('/echo', { onRequest: requireToken(token, given) }, (request) => request.body);
  app.get('/boom', () => {
    throw new Error('a secret');
  });
  app.get('/refuse/:status', ({ params }) => {
    throw httpError(Number((params as { status: string }).status), 'wait a moment');
  });
  return app;
}
afterEach(() => app.close());

it('is alive, and ready while it has no problem', async () => {
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

it('answers requests while it closes: alive and not ready', async () => {
  await build();
  const ended = Promise.withResolvers<void>();
  app.addHook('preClose', () => ended.promise);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const kept = await fetch(`${url}/livez`);
  expect(kept.status).toBe(200);
  const closed = app.close();
  try {
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const unready = await fetch(`${url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({ status: 'unavailable', problems: ['closing'] });
    const echo = await fetch(`${url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(await echo.json()).toEqual({ a: 1 });
  } finally {
    ended.resolve();
    await closed;
  }
});

it('shows metrics and its own description', async () => {
  await build();
  expect((await app.inject('/metrics')).body).toContain('process_cpu_seconds_total');
  expect((await app.inject('/openapi.json')).json()).toMatchObject({
    openapi: '3.1.0',
    paths: { '/echo': {} },
  });
});

it('shows its description as a page, whose own files are all there', async () => {
  await build();
  const page = await app.inject('/docs');
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  const files = [...page.body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(
    ([, path]) => path,
  );
  expect(files.length).toBeGreaterThan(2);
  for (const path of files) expect((await app.inject(path ?? '')).statusCode).toBe(200);
});

it("refuses a POST from another site's page, unless its origin is allowed", async () => {
  await build();
  const post = (origin: string) =>
    app.inject({ method: 'POST', url: '/echo', headers: { origin, host: 'own.example' } });
  expect((await post('https://evil.example')).statusCode).toBe(403);
  expect((await post('null')).statusCode).toBe(403);
  expect((await post('https://own.example')).statusCode).toBe(200);
  expect((await post('https://friend.example')).statusCode).toBe(200);
});

it('sends CORS headers to allowed origins only', async () => {
  await build();
  const get = (origin: string) => app.inject({ url: '/livez', headers: { origin } });
  expect((await get('https://friend.example')).headers['access-control-allow-origin']).toBe(
    'https://friend.example',
  );
  expect(
    (await get('https://evil.example')).headers['access-control-allow-origin'],
  ).toBeUndefined();
});

it('accepts a JSON body or none', async () => {
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

it('requires the token if one is set', async () => {
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

it.for<[string, object, number]>([
  ['from this machine', {}, 200],
  ['from a private network', { remoteAddress: '172.18.0.1' }, 200],
  ['from a private network over IPv6', { remoteAddress: '::ffff:10.1.2.3' }, 200],
  ['to an address', { headers: { host: '[::1]:8081' } }, 200],
  ['to the name of a container', { headers: { host: 'timer:8081' } }, 200],
  ['to a name that is allowed', { headers: { host: 'quotes.example.org' } }, 200],
  ['from the internet', { remoteAddress: '203.0.113.7' }, 403],
  ['through a proxy', { headers: { 'x-forwarded-for': '127.0.0.1' } }, 403],
  ['through a proxy of another kind', { headers: { forwarded: 'for=127.0.0.1' } }, 403],
])('answers a POST without a token %s with %d', async ([, request, status]) => {
  await build();
  const { statusCode } = await app.inject({ method: 'POST', url: '/echo', ...request });
  expect(statusCode).toBe(status);
});

it('refuses a POST without a token of a page that has pointed its own name at this machine', async () => {
  await build();
  const headers = { host: 'evil.example', origin: 'http://evil.example' };
  const refused = await app.inject({ method: 'POST', url: '/echo', headers });
  expect(refused.statusCode).toBe(403);
  expect(refused.json().message).toContain('ALLOWED_HOSTS');
  app = await build(() => [], 'correct-horse');
  const authorization = 'Bearer correct-horse';
  const withToken = {
    method: 'POST',
    url: '/echo',
    headers: { ...headers, authorization },
  } as const;
  expect((await app.inject(withToken)).statusCode).toBe(200);
});

it('behind a proxy, takes the address that the proxy tells', async () => {
  await build(undefined, undefined, undefined, { trustProxy: true });
  const post = (address: string) =>
    app.inject({
      method: 'POST',
      url: '/echo',
      remoteAddress: '172.18.0.2',
      headers: { 'x-forwarded-for': address },
    });
  expect((await post('203.0.113.7')).statusCode).toBe(403);
  expect((await post('203.0.113.7, 172.18.0.1')).statusCode).toBe(200);
});

it('shows metrics to private addresses only, or to whoever has the token', async () => {
  await build();
  const get = (options: object = {}) => app.inject({ url: '/metrics', ...options });
  expect((await get({ remoteAddress: '172.18.0.1' })).statusCode).toBe(200);
  const refused = await get({ remoteAddress: '203.0.113.7' });
  expect(refused.statusCode).toBe(403);
  expect(refused.json().message).toContain('METRICS_TOKEN');
  expect((await get({ headers: { 'x-forwarded-for': '10.0.0.1' } })).statusCode).toBe(403);
  await build(undefined, undefined, undefined, { metricsToken: 'for-prometheus' });
  expect((await get()).statusCode).toBe(401);
  const headers = { authorization: 'Bearer for-prometheus' };
  expect((await get({ headers, remoteAddress: '203.0.113.7' })).statusCode).toBe(200);
});

it('hides the details of an internal error', async () => {
  await build();
  const broken = await app.inject('/boom');
  expect(broken.statusCode).toBe(500);
  expect(broken.body).not.toContain('secret');
});

it.for([
  [409, 'Conflict'],
  [503, 'Service Unavailable'],
] as const)('answers %d with its phrase and the message', async ([statusCode, error]) => {
  await build();
  const refused = await app.inject(`/refuse/${statusCode}`);
  expect(refused.statusCode).toBe(statusCode);
  expect(refused.json()).toEqual({ statusCode, error, message: 'wait a moment' });
});

it('logs a fault of its own as an error, and that of another as a warning', async () => {
  const lines: { level: number; msg: string }[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]);
  await build(() => [], undefined, pino({ level: 'warn' }, { write }));
  for (const path of ['/refuse/409', '/refuse/503', '/boom']) await app.inject(path);
  expect(lines).toMatchObject([
    { level: pino.levels.values.warn, msg: 'a request failed' },
    { level: pino.levels.values.error, msg: 'a request failed' },
  ]);
});

it('counts requests and measures them, by route', async () => {
  await build();
  const metric = async (name: string) =>
    (await app.inject('/metrics')).body.split('\n').find((line) => line.startsWith(name));
  const refused = 'http_requests_total{method="GET",route="/refuse/:status",status="5xx"}';
  expect(await metric(refused)).toBe(`${refused} 0`);
  for (const path of ['/refuse/503', '/refuse/409', '/nowhere/1', '/nowhere/2'])
    await app.inject(path);
  expect(await metric(refused)).toBe(`${refused} 1`);
  const unknown = 'http_requests_total{method="GET",route="none",status="4xx"}';
  expect(await metric(unknown)).toBe(`${unknown} 2`);
  const durations = 'http_request_duration_seconds_count{route="/refuse/:status"}';
  expect(await metric(durations)).toBe(`${durations} 2`);
});

it('limits the rate of POSTs from one address', async () => {
  await build();
  const statuses = [];
  for (let n = 0; n < 121; n += 1)
    statuses.push((await app.inject({ method: 'POST', url: '/echo' })).statusCode);
  expect(statuses.slice(0, 120).every((status) => status === 200)).toBe(true);
  expect(statuses[120]).toBe(429);
});

it('names an unknown path', async () => {
  await build();
  expect((await app.inject('/nowhere')).json()).toEqual({
    statusCode: 404,
    error: 'Not Found',
    message: "there's no GET /nowhere",
  });
});

it.for<[string, string]>([
  ['/plain?tag=love', `there's no query parameter "tag"; known: none`],
  ['/listed?tag=love&tagg=love', `there's no query parameter "tagg"; known: tag, limit`],
  ['/livez?x', `there's no query parameter "x"; known: none`],
])('refuses GET %s, and names the parameter', async ([url, message]) => {
  await build();
  const querystring = Type.Object({
    tag: Type.Optional(Type.String()),
    limit: Type.Optional(Type.Integer()),
  });
  app.get('/plain', () => 'plain');
  app.get('/listed', { schema: { querystring } }, ({ query }) => query);
  const refused = await app.inject(url);
  expect(refused.statusCode).toBe(400);
  expect(refused.json()).toMatchObject({ error: 'Bad Request', message });
  expect((await app.inject('/listed?tag=love&limit=1')).json()).toEqual({ tag: 'love', limit: 1 });
  expect((await app.inject('/assets/style.css?v=1')).statusCode).toBe(200);
});

it('names the unknown property of a body', async () => {
  await build();
  const body = Type.Object({ seconds: Type.Integer() }, { additionalProperties: false });
  app.post('/set', { schema: { body } }, () => ({}));
  const post = (payload: object) => app.inject({ method: 'POST', url: '/set', payload });
  expect((await post({ seconds: 1, second: 2 })).json().message).toBe(
    'body has no property "second"; known: seconds',
  );
  expect((await post({ seconds: 'x' })).json().message).toBe('body/seconds must be integer');
});

it('forbids foreign scripts in its pages', async () => {
  await build();
  const policy = String((await app.inject('/livez')).headers['content-security-policy']);
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain('upgrade-insecure-requests');
});
