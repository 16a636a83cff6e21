import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page of a site of this kind is full with so many quotes. */
const QUOTES_PER_PAGE = 10;
const NEW_QUOTE_EVERY_MS = 300;

/** A site whose quotes are numbered from 1 on, the newest first, and which gets more of them. */
export interface ChaosSite {
  /** Of its first page. */
  readonly url: string;
  /** The number of its newest quote. */
  readonly newest: number;
  /** Pages that were answered in full. */
  readonly pagesServed: number;
  /** From now on it gets quotes. */
  open(): void;
  /** From now on it gets no more quotes. */
  freeze(): void;
  close(): Promise<void>;
}

export async function serveChaosSite(): Promise<ChaosSite> {
  let openedAt = Number.POSITIVE_INFINITY;
  let newestAtLast: number | undefined;
  let pagesServed = 0;
  const newest = () =>
    newestAtLast ?? Math.max(0, Math.ceil((performance.now() - openedAt) / NEW_QUOTE_EVERY_MS));
  const server = createServer(({ url = '/' }, response) => {
    if (url === '/robots.txt') return response.writeHead(404).end();
    response.once('finish', () => (pagesServed += 1));
    const page = Number(/^\/page\/(\d+)\/$/.exec(url)?.[1] ?? 1);
    response.writeHead(200, { 'content-type': 'text/html' });
    return response.end(htmlOf(page, newest()));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get newest() {
      return newest();
    },
    get pagesServed() {
      return pagesServed;
    },
    open() {
      openedAt = performance.now();
    },
    freeze() {
      newestAtLast = newest();
    },
    close: () => closeServer(server),
  };
}

/** The number of a quote of such a site. */
export function numberIn(text: string): number {
  return Number(/^quote (\d+)$/.exec(text)?.[1]);
}

function htmlOf(page: number, newest: number): string {
  const first = newest - (page - 1) * QUOTES_PER_PAGE;
  const numbers = Array.from({ length: QUOTES_PER_PAGE }, (_, index) => first - index);
  const quotes = numbers
    .filter((number) => number > 0)
    .map((number) => {
      return `<div class="quote"><span class="text">quote ${number}</span><small class="author">A</small></div>`;
    });
  const hasNext = first > QUOTES_PER_PAGE;
  const next = hasNext ? `<li class="next"><a href="/page/${page + 1}/">next</a></li>` : '';
  return quotes.join('') + next;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
