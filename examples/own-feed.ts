import { loadavg } from 'node:os';
import {
  createApp,
  httpConfigOf,
  httpSettings,
  readSettings,
  runService,
} from '@quotewire/service';
import { Hub, sseCounters, stream } from '@quotewire/sse';
import { Type } from 'typebox';

const Settings = Type.Object(httpSettings(8090));

await runService({
  name: 'own-feed',
  loadConfig: (env) => ({ http: httpConfigOf(readSettings(Settings, env), env) }),
  async build({ config, logger, metrics }) {
    const count = metrics.counters(sseCounters);
    const hub = new Hub({ historyMaxBytes: 1_000_000, count });
    let offset = 0;
    const timer = setInterval(() => {
      const data = JSON.stringify({ load: loadavg()[0], at: new Date() });
      hub.append({ offset, data });
      offset += 1;
    }, 1_000);

    const app = await createApp({ title: 'Load', http: config.http, logger, metrics });
    await app.register(stream, { path: '/load', hub, count });
    return { app, closeLast: async () => clearInterval(timer) };
  },
});
