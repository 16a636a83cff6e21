import { busCountersOf, connectRabbitMq, exposeBus, withTraces } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { combine, loadBusConfig, runService } from '@quotewire/service';
import { buildChatApp } from './app.ts';
import { loadConfig } from './config.ts';

const load = combine(loadConfig, loadBusConfig);

await runService({
  name: 'chat',
  loadConfig: load,
  async build({ config, logger, metrics, tracing }) {
    const topology = topologyOf(config);
    const rabbitMq = connectRabbitMq({
      url: config.amqpUrls,
      name: 'chat',
      topology,
      logger,
      count: busCountersOf(metrics, topology),
    });
    const bus = withTraces(rabbitMq, tracing);
    exposeBus(bus, metrics);
    const app = await buildChatApp({ config, bus, logger, metrics });
    return { app, closeFirst: () => bus.shortenDeadlines(), closeLast: () => bus.close() };
  },
});
