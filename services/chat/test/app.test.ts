import { BusError, createMemoryBus, type MemoryBus } from '@quotewire/bus';
import { chatLog, topologyOf } from '@quotewire/events';
import { type App, createLogger, createMetrics } from '@quotewire/service';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildChatApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
let bus: MemoryBus;
let app: App;

const post = (payload: unknown, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/messages',
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(payload),
  });

async function logged(): Promise<unknown[]> {
  const messages: unknown[] = [];
  await bus.follow(chatLog, ({ event }) => event && messages.push(event.data)).caughtUp;
  return messages;
}

beforeEach(async () => {
  bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  const config = loadConfig({ DRAIN_SECONDS: '0', CHAT_RATE_PER_SECOND: '0.1', CHAT_BURST: '3' });
  app = await buildChatApp({ config, bus, logger, metrics: createMetrics() });
  await bus.follow(chatLog, () => {}).caughtUp;
});
afterEach(async () => {
  await app.close();
  await bus.close();
});

it('answers 201 with the message as the log stores it', async () => {
  const posted = await post({ sender: ' Ada ', message: '\n Hello,\nyou \u{1F469}‍\u{1F680} ' });
  expect(posted.statusCode).toBe(201);
  const message = posted.json();
  expect(message).toMatchObject({ sender: 'Ada', message: 'Hello,\nyou \u{1F469}‍\u{1F680}' });
  expect(message.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(await logged()).toEqual([message]);
});

it('accepts texts of the maximum length, counted in characters', async () => {
  const longest = { sender: '😀'.repeat(50), message: '\u0001'.repeat(1_999) + 'x' };
  expect((await post(longest)).statusCode).toBe(201);
  expect(await logged()).toMatchObject([longest]);
});

it.for<[unknown, RegExp]>([
  [{ sender: 'Ada' }, /sender and message are required/],
  [{ message: 'Hello' }, /sender and message are required/],
  [{ sender: 5, message: 'Hello' }, /as strings/],
  [{ sender: ['  '], message: 'Hello' }, /as strings/],
  ['Hello', /as strings/],
  [null, /as strings/],
  [[], /as strings/],
  [{ sender: '', message: 'Hello' }, /sender must NOT have fewer than 1/],
  [{ sender: 'Ada', message: ' \n\t ' }, /message must NOT have fewer than 1/],
  [{ sender: '\u200B\u202E\u0000', message: 'Hello' }, /sender must NOT have fewer than 1/],
  [{ sender: 'x'.repeat(51), message: 'Hello' }, /sender must NOT have more than 50/],
  [{ sender: 'Ada', message: 'x'.repeat(2_001) }, /message must NOT have more than 2000/],
  [{ sender: 'Ada', message: 'Hello', to: 'Bob' }, /no property "to"; known: sender, message/],
])('refuses %j, and says why', async ([body, why]) => {
  const refused = await post(body);
  expect(refused.statusCode).toBe(400);
  expect(refused.json().message).toMatch(why);
  expect(await logged()).toEqual([]);
});

it('refuses a body that is too large, not JSON, or from a foreign origin', async () => {
  const message = { sender: 'Ada', message: 'Hello' };
  expect((await post({ sender: 'Ada', message: 'x'.repeat(70_000) })).statusCode).toBe(413);
  expect((await post(message, { 'content-type': 'text/plain' })).statusCode).toBe(415);
  expect((await post(message, { origin: 'https://evil.example' })).statusCode).toBe(403);
  expect(await logged()).toEqual([]);
});

it('refuses an address that posts too fast, with retry-after', async () => {
  const message = { sender: 'Ada', message: 'Hello' };
  for (let n = 0; n < 3; n += 1) expect((await post(message)).statusCode).toBe(201);
  const refused = await post(message);
  expect(refused.statusCode).toBe(429);
  expect(refused.headers['retry-after']).toBe('10');
  expect(refused.json().message).toContain('wait 10 s');
  expect(await logged()).toHaveLength(3);
});

it('answers 503 while the bus has a problem', async () => {
  await bus.close();
  const refused = await post({ sender: 'Ada', message: 'Hello' });
  expect(refused.statusCode).toBe(503);
  expect(refused.json().message).toContain("the message wasn't posted, try again: closed");
  expect((await app.inject('/readyz')).statusCode).toBe(503);
});

it('answers 503 to a message that the broker did not confirm', async () => {
  bus.publish = async () => {
    throw new BusError('UNCONFIRMED', 'no confirm within 30 s');
  };
  const refused = await post({ sender: 'Ada', message: 'Hello' });
  expect(refused.statusCode).toBe(503);
  expect(refused.json().message).toBe(
    'the message may not have been posted, check before you try again: no confirm within 30 s',
  );
});

it('answers HEAD /messages at once', async () => {
  const head = await app.inject({ method: 'HEAD', url: '/messages' });
  expect(head.statusCode).toBe(200);
  expect(head.headers['content-type']).toBe('text/event-stream');
});

it.for(['/chat', '/chat/stream'])('serves the page %s', async (url) => {
  const page = await app.inject(url);
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toMatch(/^text\/html/);
  expect(page.body).toContain('id="messages"');
});

it.for([
  [{ CHAT_RATE_PER_SECOND: '0' }, 'CHAT_RATE_PER_SECOND is "0"'],
  [{ CHAT_BURST: '1.5' }, 'CHAT_BURST is "1.5"'],
] as const)('names what is wrong with %j', ([env, message]) => {
  expect(() => loadConfig(env)).toThrow(message);
});
