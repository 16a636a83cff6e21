import { connectRabbitMq } from '@quotewire/bus';
import { ConnectionLimit, Hub, stream } from '@quotewire/sse';
import Fastify from 'fastify';
import { benchLog, benchTopology, quietLogger } from '../bench-log.ts';
import type { Listen } from '../publish-endpoint.ts';

const HISTORY_MAX_BYTES = 64 * 1024 * 1024;

/** Serves the hub of packages/sse, which follows a log of the broker at `AMQP_URL`. */
export async function serve(listen: Listen): Promise<void> {
  const hub = new Hub({ historyMaxBytes: HISTORY_MAX_BYTES });
  const bus = connectRabbitMq({
    url: process.env['AMQP_URL'] ?? '',
    name: 'bench-follower',
    topology: benchTopology,
    logger: quietLogger,
  });
  const follower = bus.follow(benchLog, ({ offset, fingerprint, event }) => {
    hub.append({ offset, fingerprint, ...(event && { data: event.data.text }) });
  });
  await follower.caughtUp;
  const app = Fastify();
  const connectionLimit = new ConnectionLimit({ maxConnections: 20_000, maxPerAddress: 20_000 });
  const fastPath = { trustProxy: false };
  await app.register(stream, { path: '/stream', hub, connectionLimit, fastPath });
  await app.listen(listen);
}
