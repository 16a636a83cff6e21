// Runs one server in Node: node bench/serve.ts <contender> <port>
import type { Listen } from './publish-endpoint.ts';

const servers: Record<string, () => Promise<{ serve(listen: Listen): Promise<void> }>> = {
  hub: () => import('./contenders/hub.ts'),
  'hub-rabbitmq': () => import('./contenders/hub-rabbitmq.ts'),
  plain: () => import('./contenders/plain.ts'),
  'better-sse': () => import('./contenders/better-sse.ts'),
  'fastify-sse': () => import('./contenders/fastify-sse.ts'),
};

// exits with the process that started it
process.stdin.on('end', () => process.exit()).resume();
process.once('SIGTERM', () => process.exit());

const [name = '', port] = process.argv.slice(2);
const load = servers[name];
if (load === undefined) {
  throw new Error(`no server "${name}": it's one of ${Object.keys(servers).join(', ')}`);
}
const server = await load();
await server.serve({ port: Number(port), host: '127.0.0.1', backlog: 4_096 });
