import { runService } from '@quotewire/service';
import { buildSampleSiteApp } from './app.ts';
import { loadConfig } from './config.ts';

await runService({
  name: 'sample-site',
  loadConfig,
  async build(dependencies) {
    return { app: await buildSampleSiteApp(dependencies), closeLast: async () => {} };
  },
});
