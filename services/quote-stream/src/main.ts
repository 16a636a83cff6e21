import { busCounters, connectRabbitMq } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { combine, loadBusConfig, runService } from '@quotewire/service';
import { buildQuoteStreamApp } from './app.ts';
import { loadConfig } from './config.ts';

const load = combine(loadConfig, loadBusConfig);

await runService({
  name: 'quote-stream',
  loadConfig: load,
  async build({ config, logger, metrics }) {
    const bus = connectRabbitMq({
      url: config.amqpUrls,
      name: 'quote-stream',
      topology: topologyOf(config),
      logger,
      count: metrics.counters(busCounters),
    });
    const app = await buildQuoteStreamApp({ config, bus, logger, metrics });
    return { app, closeFirst: () => bus.shortenDeadlines(), closeLast: () => bus.close() };
  },
});
