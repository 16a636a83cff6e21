import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { serveSite, type Site } from '@quotewire/testing/serve-site';

const MEBIBYTE = 1024 * 1024;
export const QUOTES_PER_PAGE = 5;
/** The number of pages of the site without a fault. */
export const HEALTHY_PAGES = 3;

/** Answers a request; `visit` counts the requests from 1. */
type Fault = (response: ServerResponse, request: { path: string; visit: number }) => void;

/** The faults of sites; `healthy` has none. */
const faults = {
  healthy(response, { path }) {
    const page = pageIn(path);
    sendHtml(response, html(`healthy ${page}`, page < HEALTHY_PAGES ? page + 1 : undefined));
  },
  'rate-limited': (response) => response.writeHead(429, { 'retry-after': '3600' }).end(),
  unavailable: (response) => response.writeHead(503).end(),
  missing: (response) => response.writeHead(404).end(),
  'slow-drip'(response) {
    response.writeHead(200, { 'content-type': 'text/html' });
    const drip = setInterval(() => response.write('<'), 50);
    response.once('close', () => clearInterval(drip));
  },
  'cut-body'(response) {
    const body = html('cut');
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': body.length * 2 });
    response.write(body, () => response.destroy());
  },
  'wrong-charset'(response) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(Buffer.from(html('café'), 'latin1'));
  },
  'redirect-loop': (response) => response.writeHead(302, { location: '/' }).end(),
  'private-redirect': (response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  'gzip-bomb'(response) {
    response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' });
    response.end(gzipSync(Buffer.alloc(50 * MEBIBYTE)));
  },
  'changed-markup'(response, { visit }) {
    const page = html('changed');
    sendHtml(response, visit === 1 ? page : page.replaceAll('class="quote"', 'class="q-2"'));
  },
  endless(response, { path }) {
    const page = pageIn(path);
    sendHtml(response, html(`endless ${page}`, page + 1));
  },
  hostile: (response) => sendHtml(response, '<div>'.repeat(100_000)),
  'slow-to-read': (response) => sendHtml(response, '<p><i>a</i></p>'.repeat(20_000)),
  huge(response) {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(Buffer.alloc(50 * MEBIBYTE, ' '));
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

/** The names of all sites, `healthy` included. */
export const faultNames = Object.keys(faults) as FaultName[];

/** Serves a site with one fault until the test file ends. */
export function serveFaultySite(name: FaultName): Promise<Site> {
  let visit = 0;
  const answer: Fault = faults[name];
  return serveSite((path, response) => {
    visit += 1;
    answer(response, { path, visit });
  });
}

function sendHtml(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body);
}

/** A page with the markup of quotes.toscrape.com. */
function html(name: string, next?: number): string {
  const quotes = Array.from({ length: QUOTES_PER_PAGE }, (_, index) => {
    return `<div class="quote"><span class="text">${name}.${index}</span><small class="author">A</small></div>`;
  });
  const link = next === undefined ? '' : `<li class="next"><a href="/page/${next}/">next</a></li>`;
  return quotes.join('') + link;
}

function pageIn(path: string): number {
  return Number(/^\/page\/(\d+)\/$/.exec(path)?.[1] ?? 1);
}
