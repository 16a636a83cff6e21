import { eventually } from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { spawnProcess } from '../support/start-process.ts';
import { readDocuments } from './documents.ts';

/** The `curl` commands of all documents that address one of the services. */
function requestsInDocuments(): { method: string; path: string }[] {
  const command = /curl (?:-N )?(?:-X (POST) )?'?http:\/\/127\.0\.0\.1:808\d([^\s'`]*)/g;
  const requests = readDocuments().flatMap(({ text }) =>
    [...text.matchAll(command)].map(([, method = 'GET', path = '']) => ({
      method,
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
  const standalone = spawnProcess('standalone', { env: { PORT: '0' } });
  const line = await standalone.waitForLine((text) => text.startsWith('Quotes live:'), 'its URL');
  const origin = /http:\/\/[^/]+/.exec(line)?.[0] ?? '';
  await eventually(async () => (await fetch(`${origin}/readyz`)).ok, { what: 'all are ready' });

  for (const { method, path } of requests) {
    const aborting = new AbortController();
    onTestFinished(() => aborting.abort());
    const { signal } = aborting;
    const response = await fetch(origin + path, { method, signal });
    expect([method, path, response.ok]).toEqual([method, path, true]);
    // n.b. a stream has no end
    aborting.abort();
  }
});
