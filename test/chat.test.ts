import { eventually, startTcpProxy, type TcpProxy } from '@quotewire/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { receivesText, messagesOn, post, postFrom, textsOn } from './support/chat.ts';
import { openStream } from './support/open-stream.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

const SENDERS = 50;
const MESSAGES_EACH = 20;
const READERS = 20;

describeWithBroker('a chat of two replicas', (broker) => {
  let link: TcpProxy;
  let replicas: [ListeningProcess, ListeningProcess];

  async function startChat(url = broker.url): Promise<ListeningProcess> {
    const chat = await startProcess('chat', { env: { AMQP_URL: url, DRAIN_SECONDS: '0' } });
    await isReady(chat);
    return chat;
  }
  const isReady = (chat: ListeningProcess) =>
    eventually(async () => (await fetch(`${chat.url}/readyz`)).ok, { what: 'the chat is ready' });

  const open = (query = '', headers: Record<string, string> = {}, at = 0) =>
    openStream(`${replicas[at]?.url}/messages${query}`, { headers });
  const urlOf = (at: number) => replicas[at]?.url ?? '';

  beforeAll(async () => {
    link = await startTcpProxy(broker.url);
    replicas = await Promise.all([startChat(), startChat(link.url)]);
  });
  afterAll(() => link?.close());

  it('streams from one replica what was posted to the other, as an unnamed event', async () => {
    const stream = await open('', {}, 1);
    const posted = await post(urlOf(0), { sender: 'Ada', message: 'Hello from the first' });
    expect(posted.status).toBe(201);
    await receivesText(stream, 'Hello from the first');
    expect(messagesOn(stream)).toEqual([await posted.json()]);
  });

  it('keeps its history when both restart, and resumes after a cursor', async () => {
    const before = await open();
    await receivesText(before, 'Hello from the first');
    const cursor = before.events.findLast(({ id }) => id !== undefined)?.id ?? '';
    await post(urlOf(0), { sender: 'Ada', message: 'The last before the restart' });
    await Promise.all(replicas.map((chat) => chat.terminate()));
    replicas = await Promise.all([startChat(), startChat(link.url)]);
    for (const at of [0, 1]) {
      const fresh = await open('', {}, at);
      await receivesText(fresh, 'The last before the restart');
      expect(textsOn(fresh)).toEqual(['Hello from the first', 'The last before the restart']);
      const resumed = await open('', { 'last-event-id': cursor }, at);
      await receivesText(resumed, 'The last before the restart');
      expect(resumed.events.some(({ event }) => event === 'gap')).toBe(false);
      expect(textsOn(resumed)).toEqual(['The last before the restart']);
    }
  });

  it('begins with the newest 100 messages, or with the requested number', async () => {
    const texts = Array.from({ length: 28 }, (_, index) => `number ${index}`);
    const witness = await open('?limit=0');
    for (let round = 0; round < 4; round += 1) {
      const ofRound = texts.map((text) => `${text} of ${round}`);
      await postFrom(`127.0.1.${round + 1}`, ofRound, { to: urlOf(0) });
    }
    // a confirmed message arrives from the log a moment later
    await receivesText(witness, 'number 27 of 3');
    const all = await open();
    const few = await open('?limit=5');
    const none = await open('?limit=0');
    const live = 'The one that comes live';
    await post(urlOf(0), { sender: 'Ada', message: live });
    for (const stream of [all, few, none]) await receivesText(stream, live);
    expect(messagesOn(all)).toHaveLength(101);
    expect(textsOn(few).slice(0, 5)).toEqual(texts.slice(-5).map((text) => `${text} of 3`));
    expect(textsOn(none)).toEqual([live]);
  });

  it('delivers a thousand messages of fifty senders to twenty readers, once and in one order', async () => {
    const readers = await Promise.all(
      Array.from({ length: READERS }, (_, index) => open('?limit=0', {}, index % 2)),
    );
    const texts = Array.from({ length: MESSAGES_EACH }, (_, index) => `message ${index}`);
    const senders = Array.from({ length: SENDERS }, (_, index) => `127.0.2.${index + 1}`);
    const ids = await Promise.all(
      senders.map((address, index) => postFrom(address, texts, { to: urlOf(index % 2) })),
    );
    const expected = ids.flat();
    await eventually(
      () => readers.every((reader) => messagesOn(reader).length >= expected.length),
      { what: `${expected.length} messages at each reader`, timeoutMs: 30_000 },
    );
    const [first = [], ...others] = readers.map((reader) => messagesOn(reader));
    expect(new Set(first.map(({ id }) => id))).toEqual(new Set(expected));
    expect(first).toHaveLength(expected.length);
    for (const other of others) expect(other).toEqual(first);
    for (const sender of senders) {
      const own = first.filter((message) => message.sender === sender);
      expect(own.map(({ message }) => message)).toEqual(texts);
    }
  });

  it('refuses messages while the broker is unreachable, and accepts them after its return', async () => {
    await link.cut();
    const refused = await eventually(
      async () => {
        const response = await post(urlOf(1), { sender: 'Ada', message: 'Into the void' });
        return response.status === 503 ? response : undefined;
      },
      { what: 'a post is refused' },
    );
    expect(((await refused.json()) as Error).message).toMatch(/try again/);
    expect((await post(urlOf(0), { sender: 'Ada', message: 'The other is fine' })).status).toBe(
      201,
    );
    const stream = await open('?limit=0', {}, 1);
    await link.heal();
    await isReady(replicas[1]);
    expect((await post(urlOf(1), { sender: 'Ada', message: 'Back again' })).status).toBe(201);
    await receivesText(stream, 'Back again');
    expect(textsOn(stream)).toContain('The other is fine');
  });
});
