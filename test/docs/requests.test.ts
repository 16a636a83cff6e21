import { join } from 'node:path';
import { eventually } from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { startStandalone } from '../support/start-process.ts';
import { readDocument, readDocuments, ROOT } from './documents.ts';

interface Service {
  readonly name: string;
  readonly port: number;
  /** One for each method and path, matching `GET /timer`. */
  readonly routes: readonly RegExp[];
}

/** The services, from the table of their ports and paths. */
const services = [
  ...readDocument('docs/reference/http.md').text.matchAll(/^\| ([\w-]+) \| (\d+) \| (.*) \|$/gm),
].map(([, name = '', port = '', cells = '']): Service => {
  const routes = [...cells.matchAll(/`(?:(GET|POST) )?(\/[^`\s?]*)/g)].map(
    ([, method = 'GET', path = '']) =>
      new RegExp(`^${method} ${path.replaceAll(/:\w+|…/g, '[^/?]+')}(?:\\?.*)?$`),
  );
  return { name, port: Number(port), routes };
});

const STANDALONE_PORT = 8080;

interface Request {
  readonly document: string;
  readonly method: string;
  readonly port: number;
  readonly path: string;
  readonly body: string | undefined;
}

/** The `curl` commands and the links of all documents that address one of the services. */
const requests = readDocuments().flatMap(({ path: document, text }): Request[] => {
  const address = String.raw`http:\/\/(?:127\.0\.0\.1|localhost):(808\d)(\/[^\s'>\`]*)`;
  const commands = text.matchAll(
    new RegExp(`curl (?:-N )?(?:-X (POST) )?(?:-H '[^']*' -d '([^']*)' )?'?${address}`, 'g'),
  );
  const links = text.matchAll(new RegExp(`<${address}>`, 'g'));
  return [
    ...[...commands].map(([, given, body, port = '', path = '']) => {
      const method = given ?? (body === undefined ? 'GET' : 'POST');
      return { document, method, port: Number(port), path, body };
    }),
    ...[...links].map(([, port = '', path = '']) => {
      return { document, method: 'GET', port: Number(port), path, body: undefined };
    }),
  ];
});

function isOf({ port, routes }: Service, request: Request): boolean {
  if (port !== request.port) return false;
  // every process has a page at /, and answers these
  const ofAll = /^\/(?:livez|readyz|metrics|openapi\.json|docs)?$/;
  const line = `${request.method} ${request.path}`;
  return ofAll.test(request.path) || routes.some((route) => route.test(line));
}

it('names the port of each service', async () => {
  expect(services.length).toBe(6);
  for (const { name, port } of services) {
    const { Settings } = await import(join(ROOT, 'services', name, 'src/config.ts'));
    expect([name, Settings.properties.PORT.default]).toEqual([name, port]);
  }
});

it('shows requests to the port of the service that answers them', () => {
  const separate = requests.filter(({ port }) => port !== STANDALONE_PORT);
  expect(separate.length).toBeGreaterThan(6);
  expect(separate.filter((request) => !services.some((one) => isOf(one, request)))).toEqual([]);
});

it('shows requests that are answered', { timeout: 60_000 }, async () => {
  expect(requests.length).toBeGreaterThan(12);
  const origin = await startStandalone();
  await eventually(async () => (await fetch(`${origin}/readyz`)).ok, { what: 'all are ready' });

  for (const request of requests) {
    const { document, method, path, body } = request;
    const aborting = new AbortController();
    onTestFinished(() => aborting.abort());
    const { signal } = aborting;
    const json = { headers: { 'content-type': 'application/json' }, body: body ?? null };
    // n.b. the port of the sample site is also that of `npm start`, which has it under a prefix
    const prefix = document.includes('services/sample-site/') ? '/sample-site' : '';
    const url = origin + prefix + path;
    const response = await fetch(url, { method, signal, ...(body !== undefined && json) });
    expect([document, method, path, response.ok]).toEqual([document, method, path, true]);
    // n.b. a stream has no end
    aborting.abort();
  }
});
