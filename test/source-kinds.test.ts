import type { ServerResponse } from 'node:http';
import { eventually } from '@quotewire/testing';
import { serveSite, type Site } from '@quotewire/testing/serve-site';
import { writeSources } from '@quotewire/testing/write-sources';
import { beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

interface SentQuote {
  source: string;
  text: string;
  author: string;
  tags: string[];
  url: string;
}

const PICKED = ['Pick one.', 'Pick two.', 'Pick three.'];

/** What the site has, with the content types that such sites send. */
const answers: Record<string, [type: string, body: string]> = {
  '/feed': [
    'application/rss+xml',
    `<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
      <item><title>cut…</title><description>&lt;p&gt;Fed &amp;amp; whole.&lt;/p&gt;</description>
        <dc:creator>Ann</dc:creator><category>food</category><category>whole</category></item>
    </channel></rss>`,
  ],
  '/api?page=1': [
    'application/json',
    JSON.stringify({ more: true, list: [{ words: 'First by JSON.', by: { name: 'Bob' } }] }),
  ],
  '/api?page=2': [
    'application/json',
    JSON.stringify({ more: false, list: [{ words: 'Second by JSON.', by: { name: 'Bob' } }] }),
  ],
  '/script': [
    'text/html; charset=utf-8',
    '<script>var data = [{"text": "Said in a script.", "tags": ["js"], "author": {"name": "Cy"}}]; for (;;) {}</script>',
  ],
  '/random': ['text/html; charset=utf-8', PICKED.map((text) => `<p>${text}</p>`).join('')],
};

const sourcesAt = (site: string): object[] => [
  { name: 'a-feed', kind: 'feed', url: `${site}/feed` },
  {
    name: 'an-api',
    kind: 'json',
    url: `${site}/api?page=1`,
    item: 'list.*',
    fields: { text: 'words', author: 'by.name' },
    next: { url: '?page={page}', while: 'more' },
  },
  {
    name: 'a-script',
    kind: 'script',
    url: `${site}/script`,
    variable: 'data',
    item: '*',
    fields: { text: 'text', author: 'author.name', tags: 'tags.*' },
  },
  {
    name: 'at-random',
    mode: 'random',
    url: `${site}/random`,
    item: 'p',
    fields: { text: ':scope' },
  },
];

describeWithBroker('sources of each kind', (broker) => {
  let site: Site;
  let timer: ListeningProcess;
  let scraper: ListeningProcess;
  let stream: StreamClient;

  beforeAll(async () => {
    site = await serveSite((path, response) => send(response, answers[path]));
    const env = { AMQP_URL: broker.url, SOURCES_FILE: writeSources(sourcesAt(site.url)) };
    let quoteStream: ListeningProcess;
    [timer, scraper, quoteStream] = await Promise.all([
      startProcess('timer', { env }),
      startProcess('scraper', { env }),
      startProcess('quote-stream', { env }),
    ]);
    for (const { url } of [timer, scraper, quoteStream]) {
      await eventually(async () => (await fetch(`${url}/readyz`)).ok, { what: `${url} is ready` });
    }
    stream = await openStream(`${quoteStream.url}/quoteEvent`);
    await tick();
  });

  const tick = (source?: string) =>
    fetch(`${timer.url}/timer/tick`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ source }),
    });
  const quotesOf = (name: string) =>
    stream.events
      .filter(({ event }) => event === 'newQuote')
      .map(({ data = '' }) => JSON.parse(data) as SentQuote)
      .filter(({ source }) => source === name);

  it.for([
    ['a-feed', ['/feed'], [['Fed & whole.', 'Ann', 'food', 'whole']]],
    [
      'an-api',
      ['/api?page=1', '/api?page=2'],
      [
        ['First by JSON.', 'Bob'],
        ['Second by JSON.', 'Bob'],
      ],
    ],
    ['a-script', ['/script'], [['Said in a script.', 'Cy', 'js']]],
  ] as const)('appear on the stream, word for word: %s', async ([name, paths, expected]) => {
    await eventually(() => quotesOf(name).length >= expected.length, {
      what: `${expected.length} quotes of ${name}`,
      timeoutMs: 40_000,
    });
    const quotes = quotesOf(name);
    expect(quotes.map(({ text, author, tags }) => [text, author, ...tags])).toEqual(expected);
    expect(quotes.map(({ url }) => url)).toEqual(paths.map((path) => site.url + path));
  });

  it('publish one quote a run in random mode, until none is left', async () => {
    for (let run = 1; run <= PICKED.length; run += 1) {
      if (run > 1) await tick('at-random');
      await eventually(() => quotesOf('at-random').length === run, {
        what: `${run} quotes after ${run} runs`,
        timeoutMs: 40_000,
      });
    }
    await tick('at-random');
    const isExhausted = ({ event, data = '' }: { event?: string | undefined; data?: string }) =>
      event === 'sourceStatus' &&
      data.includes('"source":"at-random"') &&
      data.includes('"exhausted"');
    await stream.waitFor(isExhausted, 'the source has no quotes left');
    const texts = quotesOf('at-random').map(({ text }) => text);
    expect(texts.toSorted()).toEqual(PICKED.toSorted());
  });

  it('show in a preview, before they are enabled, what they would publish', async () => {
    const preview = await fetch(`${scraper.url}/sources/an-api/preview`, { method: 'POST' });
    expect(await preview.json()).toMatchObject({
      quotes: [{ text: 'First by JSON.', author: 'Bob' }],
      dropped: [],
      nextUrl: `${site.url}/api?page=2`,
    });
  });
});

function send(response: ServerResponse, answer: [type: string, body: string] | undefined): void {
  if (answer === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': answer[0] }).end(answer[1]);
}
