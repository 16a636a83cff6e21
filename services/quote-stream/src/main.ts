import { busCountersOf, connectRabbitMq, exposeBus, withTraces } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { runService } from '@quotewire/service';
import { buildQuoteStreamApp } from './app.ts';
import { loadProcessConfig } from './config.ts';
import { upstreamOrigin } from './follow-upstream.ts';
import { logOrigin } from './quote-origin.ts';

await runService({
  name: 'quote-stream',
  loadConfig: loadProcessConfig,
  async build({ config, tracing, ...shared }) {
    const { logger, metrics } = shared;
    if ('upstreamUrl' in config.origin) {
      const origin = upstreamOrigin(config.origin.upstreamUrl, { logger });
      const app = await buildQuoteStreamApp({ config, origin, ...shared });
      return { app, closeLast: async () => {} };
    }
    const topology = topologyOf(config.origin);
    const rabbitMq = connectRabbitMq({
      url: config.origin.amqpUrls,
      name: 'quote-stream',
      topology,
      logger,
      count: busCountersOf(metrics, topology),
    });
    const bus = withTraces(rabbitMq, tracing);
    exposeBus(bus, metrics);
    const origin = logOrigin(bus, { newest: config.historyStartEntries });
    const app = await buildQuoteStreamApp({ config, origin, ...shared });
    return { app, closeFirst: () => bus.shortenDeadlines(), closeLast: () => bus.close() };
  },
});
