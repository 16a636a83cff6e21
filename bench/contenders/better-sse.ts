import { once } from 'node:events';
import { formatCursor } from '@quotewire/sse';
import { createChannel, createSession } from 'better-sse';
import { createCursors } from '../cursors.ts';
import { createServerWithPublish, type Listen } from '../publish-endpoint.ts';

/** Serves a channel of better-sse, with its defaults except for the serializer, since the data is text. */
export async function serve(listen: Listen): Promise<void> {
  const channel = createChannel();
  const nextCursor = createCursors();
  const broadcast = (data: string) => {
    channel.broadcast(data, 'message', { eventId: formatCursor(nextCursor()) });
  };
  const server = createServerWithPublish(broadcast, (request, response) => {
    void createSession(request, response, { serializer: String }).then((session) =>
      channel.register(session),
    );
  });
  await once(server.listen(listen), 'listening');
}
