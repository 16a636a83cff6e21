import { eventually, freePorts } from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { spawnProcess } from '../support/start-process.ts';
import { readDocuments } from './documents.ts';

const PORT_SETTINGS = {
  8080: 'SAMPLE_SITE_PORT',
  8081: 'TIMER_PORT',
  8082: 'SCRAPER_PORT',
  8083: 'QUOTE_STREAM_PORT',
  8084: 'CLOCK_PORT',
  8085: 'CHAT_PORT',
};

/** The `curl` commands of all documents that address one of the services. */
function requestsInDocuments(): { method: string; port: string; path: string }[] {
  const command = /curl (?:-N )?(?:-X (POST) )?'?http:\/\/127\.0\.0\.1:(808\d)([^\s'`]*)/g;
  const requests = readDocuments().flatMap(({ text }) =>
    [...text.matchAll(command)].map(([, method = 'GET', port = '', path = '']) => ({
      method,
      port,
      path,
    })),
  );
  return [
    ...new Map(requests.map((request) => [Object.values(request).join(' '), request])).values(),
  ];
}

it('shows requests that are answered', { timeout: 60_000 }, async () => {
  const requests = requestsInDocuments();
  expect(requests.length).toBeGreaterThan(6);
  const free = await freePorts(6);
  const ports = new Map(Object.keys(PORT_SETTINGS).map((port, index) => [port, free[index]]));
  const settings = Object.entries(PORT_SETTINGS).map(([port, name]) => [
    name,
    `${ports.get(port)}`,
  ]);
  const standalone = spawnProcess('standalone', {
    env: Object.fromEntries(settings) as Record<string, string>,
  });
  await standalone.waitForLine((line) => line.startsWith('To stop:'), 'the last line of the start');
  const scraper = `http://127.0.0.1:${ports.get('8082')}/readyz`;
  await eventually(async () => (await fetch(scraper)).ok, { what: 'the scraper is ready' });

  for (const { method, port, path } of requests) {
    const aborting = new AbortController();
    onTestFinished(() => aborting.abort());
    const { signal } = aborting;
    const response = await fetch(`http://127.0.0.1:${ports.get(port)}${path}`, { method, signal });
    expect([method, path, response.ok]).toEqual([method, path, true]);
    // n.b. a stream has no end
    aborting.abort();
  }
});
