import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pageOf } from './pages.ts';

/** Serves pages 0 to `pages` - 1 as `/page/<number>/` from memory. */
export async function servePages(
  pages: number,
): Promise<{ origin: string; close(): Promise<void> }> {
  const bodies = Array.from({ length: pages }, (_, page) => Buffer.from(pageOf(page)));
  const server = createServer(({ url = '' }, response) => {
    const body = bodies[Number(/^\/page\/(\d+)\/$/.exec(url)?.[1])];
    if (body === undefined) {
      response.writeHead(404).end();
      return;
    }
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length };
    response.writeHead(200, headers).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
