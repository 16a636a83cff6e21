import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { App } from './create-app.ts';

/** Serves a folder of pages at `/`, and beside it what all pages share: the style sheet and the icon. */
export async function servePages(app: App, folder: URL): Promise<void> {
  const shared = new URL('../public/', import.meta.url);
  await app.register(fastifyStatic, {
    root: [fileURLToPath(folder), fileURLToPath(shared)],
    cacheControl: false,
    setHeaders: (reply) => void reply.header('cache-control', 'no-cache'),
  });
}
