import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { eventually } from '@quotewire/testing';
import { serveSite, type Site } from '@quotewire/testing/serve-site';
import { writeSources } from '@quotewire/testing/write-sources';
import { beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

const TIMEOUT_MS = 60_000;

describeWithBroker('an edit of the sources file while the services run', (broker) => {
  let site: Site;
  let path: string;
  let timer: ListeningProcess;
  let scraper: ListeningProcess;
  let stream: StreamClient;

  const sourceAt = (name: string, settings: object = {}) => ({
    name,
    url: `${site.url}/${name}`,
    intervalSeconds: 86_400,
    item: 'p',
    fields: { text: ':scope' },
    ...settings,
  });
  /** Replaces the file, as editors do. */
  const save = (text: string) => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  const quotesOf = (name: string) =>
    stream.events
      .filter(({ event, data = '' }) => event === 'newQuote' && data.includes(`"source":"${name}"`))
      .map(({ data = '' }) => (JSON.parse(data) as { text: string }).text);
  const viewOf = async (url: string) =>
    (await (await fetch(url)).json()) as {
      sources: { name: string }[];
      sourcesFile: { problems: string[] };
    };

  beforeAll(async () => {
    site = await serveSite((of, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>Said at ${of}.</p>`);
    });
    path = writeSources([sourceAt('first')]);
    const env = { AMQP_URL: broker.url, SOURCES_FILE: path, TIMER_AUTOSTART: 'true' };
    let quoteStream: ListeningProcess;
    [timer, scraper, quoteStream] = await Promise.all([
      startProcess('timer', { env }),
      startProcess('scraper', { env }),
      startProcess('quote-stream', { env }),
    ]);
    await eventually(async () => (await fetch(`${quoteStream.url}/readyz`)).ok, {
      what: 'the quote stream is ready',
      timeoutMs: TIMEOUT_MS,
    });
    stream = await openStream(`${quoteStream.url}/quoteEvent?limit=10`);
    await eventually(() => quotesOf('first').length === 1, {
      what: 'the quote of the first source',
      timeoutMs: TIMEOUT_MS,
    });
  });

  it('publishes the quotes of an added source without a restart', async () => {
    save(JSON.stringify({ sources: [sourceAt('first'), sourceAt('second')] }));
    await eventually(() => quotesOf('second').length === 1, {
      what: 'the quote of the second source',
      timeoutMs: TIMEOUT_MS,
    });
    expect(quotesOf('second')).toEqual(['Said at /second.']);
    expect(site.requests).toEqual(['/first', '/second']);
  });

  it('is refused with the name of each mistake, and the previous version stays in use', async () => {
    const before = readFileSync(path, 'utf8');
    save(JSON.stringify({ sources: [sourceAt('first', { itme: 'p' }), sourceAt('Third')] }));
    for (const url of [`${timer.url}/timer`, `${scraper.url}/sources`]) {
      await eventually(async () => (await viewOf(url)).sourcesFile.problems.length > 0, {
        what: `${url} reports that the file is refused`,
        timeoutMs: TIMEOUT_MS,
      });
      const { sources, sourcesFile } = await viewOf(url);
      expect(sourcesFile.problems).toEqual([
        expect.stringContaining('/sources/0/itme is unknown'),
        expect.stringContaining('/sources/1/name must match'),
      ]);
      expect(sources.map(({ name }) => name)).toEqual(['first', 'second']);
    }
    for (const process of [timer, scraper]) {
      await process.waitForLine(
        (line) => line.includes('/sources/0/itme') && line.includes('/sources/1/name'),
        'it logs both mistakes in one line',
      );
    }
    const tick = await fetch(`${timer.url}/timer/tick`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ source: 'second' }),
    });
    expect(tick.status).toBe(202);
    await eventually(() => site.requests.filter((of) => of === '/second').length === 2, {
      what: 'the second source is requested again',
      timeoutMs: TIMEOUT_MS,
    });
    save(before);
    await eventually(
      async () => (await viewOf(`${timer.url}/timer`)).sourcesFile.problems.length === 0,
      { what: 'the file is accepted again', timeoutMs: TIMEOUT_MS },
    );
  });
});
