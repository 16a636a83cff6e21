import { runService } from '@quotewire/service';
import { buildClockApp } from './app.ts';
import { loadConfig } from './config.ts';

await runService({
  name: 'clock',
  loadConfig,
  async build(parts) {
    return { app: await buildClockApp(parts), closeLast: async () => {} };
  },
});
