import { ConnectionLimit, Hub, stream } from '@quotewire/sse';
import Fastify from 'fastify';
import type { Listen } from '../publish-endpoint.ts';
import { createServerWithPublish } from '../publish-endpoint.ts';
import { createCursors } from '../cursors.ts';

const HISTORY_MAX_BYTES = 64 * 1024 * 1024;

/** Serves the hub of packages/sse. */
export async function serve(listen: Listen): Promise<void> {
  const hub = new Hub({ historyMaxBytes: HISTORY_MAX_BYTES });
  const nextCursor = createCursors();
  const broadcast = (data: string) => hub.append({ ...nextCursor(), data });
  const app = Fastify({
    serverFactory: (handler) => createServerWithPublish(broadcast, handler),
  });
  const connectionLimit = new ConnectionLimit({ maxConnections: 20_000, maxPerAddress: 20_000 });
  const fastPath = { trustProxy: false };
  const filters = { tag: { description: 'Only with one of these tags.' } };
  await app.register(stream, { path: '/stream', hub, filters, connectionLimit, fastPath });
  await app.listen(listen);
}
