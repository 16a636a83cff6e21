import { fileURLToPath } from 'node:url';
import fastifyStatic, { type FastifyStaticOptions } from '@fastify/static';
import type { App } from './create-app.ts';

/** Serves a folder of pages and their shared files at `/`, and the stream client under `/client/`. */
export async function servePages(app: App, folder: URL): Promise<void> {
  const shared = new URL('../public/', import.meta.url);
  const client = new URL('.', import.meta.resolve('@quotewire/client'));
  const options: FastifyStaticOptions = {
    root: [fileURLToPath(folder), fileURLToPath(shared)],
    cacheControl: false,
    setHeaders: (reply) => void reply.header('cache-control', 'no-cache'),
  };
  await app.register(fastifyStatic, options);
  await app.register(fastifyStatic, {
    ...options,
    root: fileURLToPath(client),
    prefix: '/client/',
    decorateReply: false,
  });
}
