import { busCounters, connectRabbitMq } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { combine, loadBusConfig, runService } from '@quotewire/service';
import { loadSources } from '@quotewire/sources';
import { buildScraperApp } from './app.ts';
import { loadConfig } from './config.ts';

const load = combine(loadConfig, loadBusConfig);

await runService({
  name: 'scraper',
  loadConfig: load,
  async build({ config, logger, metrics }) {
    const sources = await loadSources(config.sources);
    const bus = connectRabbitMq({
      url: config.amqpUrl,
      name: 'scraper',
      topology: topologyOf(config),
      logger,
      count: metrics.counters(busCounters),
    });
    const app = await buildScraperApp({ config, bus, sources, logger, metrics });
    return { app, closeLast: () => bus.close() };
  },
});
