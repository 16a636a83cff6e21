import type { FastifyInstance } from 'fastify';

type Drain = () => Promise<void>;

/** The drains that a server waits for before it closes. */
const drainsByServer = new WeakMap<object, Set<Drain>>();

/**
 * Calls `drain`, perhaps more than once, when the app closes, and waits for it. All drains of an app
 * run concurrently.
 *
 * n.b. once Fastify is closing it answers requests with 503 by default, and an `EventSource` never
 * reconnects after a 503. Fastify starts to close in an `onClose` hook of its own. These hooks run in
 * reverse order, so that a hook added in `onReady` runs before Fastify's. If that order changed,
 * `preClose`, which `pluginTimeout` bounds, would still end the streams.
 *
 * @see https://fastify.dev/docs/latest/Reference/Server/#return503onclosing
 */
export function drainOnClose(app: FastifyInstance, drain: Drain): void {
  const drains = drainsByServer.get(app.server) ?? new Set();
  drainsByServer.set(app.server, drains.add(drain));
  const drainAll = async () => {
    await Promise.all([...drains].map(async (one) => one()));
  };
  app.addHook('onReady', async () => void app.addHook('onClose', drainAll));
  app.addHook('preClose', drainAll);
}
