import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atFileEnd } from './file-end.ts';

/** A website of a test's own. */
export interface Site {
  /** Without a slash at the end. */
  readonly url: string;
  /** The requested paths, in order, without robots.txt, which answers 404. */
  readonly requests: readonly string[];
}

/** Serves a site that lasts as long as the test file. */
export async function serveSite(
  answer: (
    path: string,
    response: ServerResponse,
    request: IncomingMessage,
  ) => void | Promise<void>,
): Promise<Site> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === '/robots.txt') response.writeHead(404).end();
    else {
      requests.push(path);
      void answer(path, response, request);
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  atFileEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
