import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Visit } from './histories.ts';

const PER_PAGE = 5;

export interface SoakSiteOptions {
  sources: number;
  /** The number of quotes that each source gains at once. */
  burst: number;
  /** The time between such gains. */
  burstEveryMs: number;
  /** The number of newest quotes on the pages of a source. */
  kept: number;
}

/** Sites of quotes, one for each source, each on its own port. */
export interface SoakSite {
  readonly sources: readonly { readonly name: string; readonly url: string }[];
  readonly visits: readonly Visit[];
  /** The texts of the quotes on completely sent pages. */
  readonly served: ReadonlySet<string>;
  /** The texts of all quotes that have been on the sites since they opened. */
  onSite(): ReadonlySet<string>;
  /** Starts adding quotes. */
  begin(): void;
  /** Stops adding quotes. */
  freeze(): void;
  close(): Promise<void>;
}

/** Opens the sites. Their content is a function of the time since `begin`. */
export async function openSoakSite({
  sources: count,
  burst,
  burstEveryMs,
  kept,
}: SoakSiteOptions): Promise<SoakSite> {
  let begunAtMs = Number.POSITIVE_INFINITY;
  let frozenAtMs = Number.POSITIVE_INFINITY;
  const visits: Visit[] = [];
  const served = new Set<string>();

  /**
   * Returns the number of quotes that a source has had so far; sources gain quotes at different moments.
   * It begins with one gain: a site that was full would lose its oldest quotes before the first run could read them.
   */
  function lengthOf(index: number): number {
    const sinceMs = Math.max(0, Math.min(Date.now(), frozenAtMs) - begunAtMs);
    return burst + burst * Math.floor(sinceMs / burstEveryMs + index / count);
  }

  function answer(index: number, url: URL, response: ServerResponse, etag?: string): void {
    const length = lengthOf(index);
    const page = pageOf(url);
    const version = `"${length}-${page}"`;
    if (etag === version) {
      response.writeHead(304, { etag: version }).end();
      return;
    }
    const from = length - (page - 1) * PER_PAGE;
    const oldest = Math.max(0, length - kept);
    const until = Math.max(from - PER_PAGE, oldest);
    const texts: string[] = [];
    for (let number = from; number > until; number -= 1) texts.push(textOf(index, number));
    const next =
      until > oldest ? `<ul><li class="next"><a href="/?page=${page + 1}">Next</a></li></ul>` : '';
    const quotes = texts.map(
      (text) =>
        `<div class="quote"><span class="text">${text}</span><small class="author">Author ${index}</small></div>`,
    );
    response.once('finish', () => {
      for (const text of texts) served.add(text);
    });
    const html = `<!doctype html><html><head><meta charset="utf-8"><title>Soak</title></head><body>${quotes.join('')}${next}</body></html>`;
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', etag: version })
      .end(html);
  }

  const servers = Array.from({ length: count }, (_, index) =>
    createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      if (url.pathname === '/robots.txt') {
        response.writeHead(404).end();
        return;
      }
      const source = nameOf(index);
      visits.push({ source, page: pageOf(url), atMs: Date.now() });
      answer(index, url, response, request.headers['if-none-match']);
    }).listen(0, '127.0.0.1'),
  );
  await Promise.all(servers.map((server) => once(server, 'listening')));
  return {
    sources: servers.map((server, index) => ({
      name: nameOf(index),
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    })),
    visits,
    served,
    onSite() {
      const texts = new Set<string>();
      for (let index = 0; index < count; index += 1) {
        for (let number = lengthOf(index); number > 0; number -= 1)
          texts.add(textOf(index, number));
      }
      return texts;
    },
    begin() {
      begunAtMs = Date.now();
    },
    freeze() {
      frozenAtMs = Date.now();
    },
    async close() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => once(server.close(), 'close')));
    },
  };
}

function pageOf({ searchParams }: URL): number {
  return Number(searchParams.get('page') ?? 1);
}

function nameOf(index: number): string {
  return `source-${index}`;
}

function textOf(index: number, number: number): string {
  return `Saying ${number} of site ${index}, long enough to look like a quote of a real page.`;
}
