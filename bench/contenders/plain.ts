import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { formatCursor } from '@quotewire/sse';
import { createCursors } from '../cursors.ts';
import { createServerWithPublish, type Listen } from '../publish-endpoint.ts';

/** Serves the minimal fan-out: a set of responses, and one `write` to each per event. */
export async function serve(listen: Listen): Promise<void> {
  const responses = new Set<ServerResponse>();
  const nextCursor = createCursors();
  const broadcast = (data: string) => {
    const frame = `id: ${formatCursor(nextCursor())}\ndata: ${data}\n\n`;
    for (const response of responses) response.write(frame);
  };
  const server = createServerWithPublish(broadcast, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    response.flushHeaders();
    responses.add(response);
    response.on('close', () => responses.delete(response));
  });
  await once(server.listen(listen), 'listening');
}
