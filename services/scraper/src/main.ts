import { busCountersOf, connectRabbitMq, exposeBus, withTraces } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { combine, loadBusConfig, runService } from '@quotewire/service';
import { LiveSources, loadSources, sourcesCounters } from '@quotewire/sources';
import { buildScraperApp } from './app.ts';
import { loadConfig } from './config.ts';

const load = combine(loadConfig, loadBusConfig);

await runService({
  name: 'scraper',
  loadConfig: load,
  async build({ config, logger, metrics, tracing }) {
    const sources = await loadSources(config.sources);
    const topology = topologyOf(config);
    const rabbitMq = connectRabbitMq({
      url: config.amqpUrls,
      name: 'scraper',
      topology,
      logger,
      count: busCountersOf(metrics, topology),
    });
    const bus = withTraces(rabbitMq, tracing);
    exposeBus(bus, metrics);
    const count = metrics.counters(sourcesCounters);
    const live = new LiveSources(config.sources, { sources, logger, count });
    const app = await buildScraperApp({ config, bus, sources, live, logger, metrics, tracing });
    const closeFirst = () => {
      live.close();
      bus.shortenDeadlines();
    };
    return { app, closeFirst, closeLast: () => bus.close() };
  },
});
