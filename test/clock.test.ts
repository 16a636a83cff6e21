import { eventually } from '@quotewire/testing';
import { serveSite, type Site } from '@quotewire/testing/serve-site';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { metricOf } from './support/metrics.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

let friend: Site;
let clock: ListeningProcess;
let env: Record<string, string>;

const open = (path: string, headers: Record<string, string> = {}) =>
  openStream(`${clock.url}${path}`, { headers });
const timesOn = ({ events }: StreamClient) => events.filter(({ data = '' }) => data.includes('T'));
const has = (stream: StreamClient, count: number) =>
  eventually(() => timesOn(stream).length >= count, { what: `${count} times` });
const idsOn = (stream: StreamClient) => timesOn(stream).map(({ id }) => id);

beforeAll(async () => {
  friend = await serveSite((_path, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>A friend</title>');
  });
  env = { DRAIN_SECONDS: '0', CORS_ORIGINS: friend.url };
  clock = await startProcess('clock', { env });
});

it('sends each second in three zones, in order and without holes', async () => {
  const stream = await open('/clockEvent');
  await has(stream, 7);
  const times = timesOn(stream);
  const first = times.findIndex(({ event }) => event === undefined);
  const seconds = [0, 3].map((from) => times.slice(first + from, first + from + 3));
  for (const second of seconds) {
    expect(second.map(({ event }) => event)).toEqual([undefined, 'est', 'pdt']);
    expect(new Set(second.map(({ data = '' }) => Date.parse(data))).size).toBe(1);
  }
  const [one = 0, next] = seconds.map(([time]) => Date.parse(time?.data ?? ''));
  expect(next).toBe(one + 1_000);
});

it('sends only the requested events', async () => {
  const stream = await open('/clockEvent?events=est,message&limit=6');
  await has(stream, 8);
  expect(new Set(timesOn(stream).map(({ event }) => event))).toEqual(new Set([undefined, 'est']));
});

it('resumes after a cursor, although it restarted in between', async () => {
  const before = await open('/clockEvent?limit=60');
  await has(before, 60);
  await before.close();
  const seen = idsOn(before);
  expect(await clock.terminate()).toBe(0);
  clock = await startProcess('clock', { env });
  // a recent cursor: the history has one minute, which limits the duration of the restart
  const last = seen.length - 6;
  const after = await open('/clockEvent', { 'last-event-id': seen[last] ?? '' });
  await has(after, 6);
  expect(after.events.some(({ event }) => event === 'gap')).toBe(false);
  expect(idsOn(after).slice(0, 5)).toEqual(seen.slice(last + 1));
});

it('loses and repeats no second after its process was suspended', async () => {
  const other = await startProcess('clock', { env });
  const stream = await open('/clockEvent?events=est');
  const meanwhile = await openStream(`${other.url}/clockEvent?events=est`);
  await has(stream, 1);
  await has(meanwhile, 1);
  process.kill(clock.pid, 'SIGSTOP');
  const held = timesOn(meanwhile).length;
  await has(meanwhile, held + 4);
  process.kill(clock.pid, 'SIGCONT');
  const last = idsOn(meanwhile).at(-1) ?? '';
  await stream.waitFor(({ id }) => id === last, 'the last second that the other one has');
  const seconds = timesOn(stream).map(({ data = '' }) => Date.parse(data) / 1_000);
  const [first = 0] = seconds;
  expect(seconds).toEqual(seconds.map((_, index) => first + index));
  // one clock may be a second ahead of the other
  expect(seconds.length).toBeGreaterThan(3);
});

it('counts for each connection, resumes from its id, and stops when it closes', async () => {
  const before = await metricOf(clock.url, 'sse_clients_connected');
  const fresh = await open('/counterEvent');
  const resumed = await open('/counterEvent', { 'last-event-id': '41' });
  await fresh.waitFor(({ data }) => data === '{"counter":1}', 'the second number');
  await resumed.waitFor(({ data }) => data === '{"counter":43}', 'the second number');
  expect(fresh.events.slice(0, 2).map(({ id, event }) => [id, event])).toEqual([
    ['0', undefined],
    ['1', undefined],
  ]);
  expect(resumed.events[0]).toMatchObject({ id: '42', data: '{"counter":42}' });
  expect(await metricOf(clock.url, 'sse_clients_connected')).toBe(before + 2);
  await fresh.close();
  await resumed.close();
  await eventually(
    async () => (await metricOf(clock.url, 'sse_clients_connected')) === before || undefined,
    { what: 'the counters have stopped' },
  );
});

describeWithBrowser('in a browser', () => {
  let browser: Browser;
  const errors: string[] = [];

  async function show(path: string, at = clock.url): Promise<Page> {
    const page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(`${at}${path}`);
    return page;
  }
  const textOf = async (page: Page, selector: string) => (await page.textContent(selector)) ?? '';
  const says = (page: Page, selector: string, pattern: RegExp) =>
    eventually(async () => pattern.test(await textOf(page, selector)), {
      what: `${selector} says ${pattern}`,
    });
  const changes = async (page: Page, selector: string) => {
    const before = await textOf(page, selector);
    await eventually(async () => (await textOf(page, selector)) !== before, {
      what: `${selector} changes`,
    });
  };

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('shows three clocks, and subscribes to each while it is switched on', async () => {
    const page = await show('/clock');
    await says(page, '#connection', /Live/);
    for (const id of ['message', 'est', 'pdt']) await says(page, `#${id} time`, /^\d\d:\d\d:\d\d$/);
    await page.locator('#est input').focus();
    await page.keyboard.press('Space');
    const stopped = await textOf(page, '#est time');
    await changes(page, '#message time');
    await changes(page, '#pdt time');
    expect(await textOf(page, '#est time')).toBe(stopped);
    await page.keyboard.press('Space');
    await changes(page, '#est time');
    expect(await textOf(page, '#connection')).toBe('Live');
    await page.close();
  });

  it('shows the offset that each place has now', async () => {
    const page = await show('/clock');
    for (const id of ['message', 'est', 'pdt']) await says(page, `#${id} .date`, /UTC/);
    expect(await textOf(page, '#message .date')).toMatch(/^[\d-]+, UTC$/);
    // depending on the season
    expect(await textOf(page, '#est .date')).toMatch(/^[\d-]+, UTC−(05:00, EST|04:00, EDT)$/);
    expect(await textOf(page, '#pdt .date')).toMatch(/^[\d-]+, UTC−(08:00, PST|07:00, PDT)$/);
    await page.close();
  });

  it('has two connections at most, and none in the background', async () => {
    const own = await startProcess('clock', { env });
    const opens = (count: number) =>
      eventually(async () => (await metricOf(own.url, 'sse_clients_connected')) === count, {
        what: `the page has ${count} connections`,
      });
    const page = await show('/clock', own.url);
    const hide = (isHidden: boolean) =>
      page.evaluate((hidden) => {
        const document = Reflect.get(globalThis, 'document') as EventTarget;
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    await says(page, '#connection', /Live/);
    await opens(2);
    await hide(true);
    await opens(0);
    await hide(false);
    await says(page, '#connection', /Live/);
    await changes(page, '#raw');
    await opens(2);
    expect(await textOf(page, '#connection')).toBe('Live');
    await page.close();
  });

  it('shows the frames as they arrive, until it is stopped', async () => {
    const page = await show('/clock');
    await says(page, '#raw', /^retry: \d+\n\nid: .*\n\nid: \S+\n(event: \w+\n)?data: \S+T\S+\n\n/);
    await page.click('#raw-toggle');
    await says(page, '#raw', /Stopped\.$/);
    const stopped = await textOf(page, '#raw');
    await changes(page, '#pdt time');
    expect(await textOf(page, '#raw')).toBe(stopped);
    await page.click('#raw-toggle');
    await changes(page, '#raw');
    await page.close();
  });

  it('shows that the connection is lost, and is live again after the service returns', async () => {
    const page = await show('/clock');
    await says(page, '#connection', /Live/);
    const { port } = new URL(clock.url);
    await clock.terminate();
    await says(page, '#connection', /Reconnecting/);
    await says(page, '#raw', /Connection lost: .*\. Reconnecting\.$/);
    clock = await startProcess('clock', { env: { ...env, PORT: port } });
    await says(page, '#connection', /Live/);
    await changes(page, '#est time');
    // over their own connection
    await says(page, '#raw', /^retry: \d+\n\nid: [^]*data: /);
    // the browser's own messages about a lost connection
    expect(errors.splice(0).every((error) => error.includes('net::'))).toBe(true);
    await page.close();
  });

  it('counts between Connect and Stop', async () => {
    const page = await show('/clock');
    await page.click('text=Counter');
    await page.waitForURL('**/counter');
    // collects every number that the page shows, since each is visible for only a second
    await page.evaluate(`
      shown = [];
      counter = document.getElementById('counter');
      new MutationObserver(() => shown.push(counter.value)).observe(counter, { childList: true });
    `);
    const shown = async () =>
      (await page.evaluate(() => Reflect.get(globalThis, 'shown') as string[])).filter((text) =>
        /^\d+$/.test(text),
      );
    await page.click('#connect');
    const first = await eventually(async () => (await shown())[2] && shown(), {
      what: 'the counter has counted',
    });
    expect(first.slice(0, 3)).toEqual(['0', '1', '2']);
    expect(await textOf(page, '#connection')).toBe('Live');
    const open = await metricOf(clock.url, 'sse_clients_connected');
    await page.click('#stop');
    await eventually(
      async () => (await metricOf(clock.url, 'sse_clients_connected')) === open - 1,
      { what: 'the server closes the counter' },
    );
    expect(await textOf(page, '#connection')).toBe('Not connected');
    const stopped = (await shown()).length;
    await page.click('#connect');
    const all = await eventually(async () => (await shown())[stopped] && shown(), {
      what: 'the counter counts again',
    });
    expect(all[stopped]).toBe('0');
    await page.close();
  });

  it.for(['/clockEvent', '/counterEvent'])(
    'lets pages of allowed origins open %s, and no others',
    async (path) => {
      const outcome = async (origin: string) => {
        const page = await browser.newPage();
        await page.goto(origin);
        const first = await page.evaluate(async (url) => {
          const source = new EventSource(url);
          const { promise, resolve } = Promise.withResolvers<string>();
          source.addEventListener('message', () => resolve('brings events'));
          source.addEventListener('error', () => resolve('is refused'));
          return promise.finally(() => source.close());
        }, `${clock.url}${path}`);
        await page.close();
        return first;
      };
      expect(await outcome(friend.url)).toBe('brings events');
      const stranger = friend.url.replace('127.0.0.1', 'localhost');
      expect(await outcome(stranger)).toBe('is refused');
    },
  );

  it('logs no error to the console', () => {
    expect(errors).toEqual([]);
  });
});
