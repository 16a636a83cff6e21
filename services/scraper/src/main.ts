import { busCountersOf, connectRabbitMq, exposeBus } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { combine, loadBusConfig, runService } from '@quotewire/service';
import { LiveSources, loadSources, sourcesCounters } from '@quotewire/sources';
import { buildScraperApp } from './app.ts';
import { loadConfig } from './config.ts';

const load = combine(loadConfig, loadBusConfig);

await runService({
  name: 'scraper',
  loadConfig: load,
  async build({ config, logger, metrics }) {
    const sources = await loadSources(config.sources);
    const topology = topologyOf(config);
    const bus = connectRabbitMq({
      url: config.amqpUrls,
      name: 'scraper',
      topology,
      logger,
      count: busCountersOf(metrics, topology),
    });
    exposeBus(bus, metrics);
    const count = metrics.counters(sourcesCounters);
    const live = new LiveSources(config.sources, { sources, logger, count });
    const app = await buildScraperApp({ config, bus, sources, live, logger, metrics });
    const closeFirst = () => {
      live.close();
      bus.shortenDeadlines();
    };
    return { app, closeFirst, closeLast: () => bus.close() };
  },
});
