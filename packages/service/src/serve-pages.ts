import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fastifyStatic, { type FastifyStaticOptions } from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './create-app.ts';
import type { HttpConfig } from './http-settings.ts';
import { navigation, type PageKey } from './navigation.ts';

const FILES = {
  cacheControl: false,
  decorateReply: false,
  index: false,
  setHeaders: (reply) => void reply.header('cache-control', 'no-cache'),
} satisfies Partial<FastifyStaticOptions>;
const NAVIGATION = '<!-- navigation -->';

/** Serves what the pages of all services load: styles under `/assets/`, the stream client under `/client/`. */
export async function serveSharedFiles(app: App): Promise<void> {
  const client = new URL('.', import.meta.resolve('@quotewire/client'));
  const assets = new URL('../public/', import.meta.url);
  await app.register(fastifyStatic, { ...FILES, root: fileURLToPath(assets), prefix: '/assets/' });
  await app.register(fastifyStatic, { ...FILES, root: fileURLToPath(client), prefix: '/client/' });
}

/** Serves `GET /docs`, which shows `/openapi.json` to readers. */
export async function serveDocs(app: App, http: HttpConfig): Promise<void> {
  const page = await readPage(new URL('../pages/docs.html', import.meta.url), { http, own: [] });
  app.get('/docs', { schema: { hide: true } }, (_request, reply) => sendHtml(reply, page));
}

export interface PagesOptions {
  /** The folder with the HTML of the pages, and in `assets/` with what they load. */
  folder: URL;
  /** The path under which `assets/` is served, with a slash at its end. */
  assets: string;
  /** The files of the pages, and where the navigation has each. */
  files: Readonly<Record<string, PageKey>>;
  http: HttpConfig;
}

/** Returns the HTML of a file, with the navigation in it. */
export type Pages = (file: string) => string;

/** Serves what the pages of a service load, and reads the pages themselves. */
export async function servePages(
  app: App,
  { folder, assets, files, http }: PagesOptions,
): Promise<Pages> {
  const root = fileURLToPath(new URL('assets/', folder));
  await app.register(fastifyStatic, { ...FILES, root, prefix: assets });
  const own = [...new Set(Object.values(files))];
  const pages = new Map<string, string>();
  for (const [file, current] of Object.entries(files)) {
    pages.set(file, await readPage(new URL(file, folder), { http, own, current }));
  }
  return (file) => pages.get(file) ?? '';
}

/** Reads the HTML of a page, with the navigation in it. */
async function readPage(
  file: URL,
  { http, own, current }: { http: HttpConfig; own: readonly PageKey[]; current?: PageKey },
): Promise<string> {
  const addressOf = http.pageAddress ?? (() => undefined);
  const html = await readFile(file, 'utf8');
  return html.replace(NAVIGATION, navigation(current, { addressOf, own }));
}

/** Sends HTML that browsers revalidate each time. */
export function sendHtml(reply: FastifyReply, html: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(html);
}

/** Whether a client prefers a page to JSON, as browsers do. */
export function prefersHtml(request: FastifyRequest): boolean {
  return request.accepts().type(['json', 'html']) === 'html';
}
