import { fastifySSE, type SSEReplyInterface } from '@fastify/sse';
import { formatCursor } from '@quotewire/sse';
import Fastify from 'fastify';
import { createCursors } from '../cursors.ts';
import { createServerWithPublish, type Listen } from '../publish-endpoint.ts';

/** Serves @fastify/sse, which has no broadcast: a set of replies, and one `send` to each per event. */
export async function serve(listen: Listen): Promise<void> {
  const streams = new Set<SSEReplyInterface>();
  const nextCursor = createCursors();
  const broadcast = (data: string) => {
    const event = { id: formatCursor(nextCursor()), data };
    for (const stream of streams) stream.send(event).catch(() => streams.delete(stream));
  };
  const app = Fastify({
    serverFactory: (handler) => createServerWithPublish(broadcast, handler),
  });
  await app.register(fastifySSE, { serializer: String });
  app.get('/stream', { sse: 'only' }, (_request, reply) => {
    reply.sse.keepAlive();
    reply.sse.sendHeaders();
    reply.raw.flushHeaders();
    streams.add(reply.sse);
    reply.sse.onClose(() => streams.delete(reply.sse));
  });
  await app.listen(listen);
}
