import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The number of quotes on a full page. */
const QUOTES_PER_PAGE = 10;
const NEW_QUOTE_EVERY_MS = 300;

/** A growing site whose quotes are numbered from 1, newest first. */
export interface ChaosSite {
  /** The URL of its first page. */
  readonly url: string;
  /** The number of its newest quote. */
  readonly newest: number;
  /** The number of complete responses. */
  readonly pagesServed: number;
  /** Starts adding quotes. */
  open(): void;
  /** Stops adding quotes. */
  freeze(): void;
  close(): Promise<void>;
}

export async function serveChaosSite(): Promise<ChaosSite> {
  let openedAt = Number.POSITIVE_INFINITY;
  let frozenNewest: number | undefined;
  let pagesServed = 0;
  const newest = () =>
    frozenNewest ?? Math.max(0, Math.ceil((performance.now() - openedAt) / NEW_QUOTE_EVERY_MS));
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
      frozenNewest = newest();
    },
    close: () => closeServer(server),
  };
}

/** Parses the number of a quote from its text. */
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
