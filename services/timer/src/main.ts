import { busCountersOf, connectRabbitMq, exposeBus, withTraces } from '@quotewire/bus';
import { topologyOf } from '@quotewire/events';
import { combine, loadBusConfig, runService } from '@quotewire/service';
import { LiveSources, loadSources, sourcesCounters } from '@quotewire/sources';
import { withAmqpHeartbeat } from './amqp-heartbeat.ts';
import { buildTimerApp } from './app.ts';
import { loadConfig } from './config.ts';

const load = combine(loadConfig, loadBusConfig);

await runService({
  name: 'timer',
  loadConfig: load,
  async build({ config, logger, metrics, tracing }) {
    const sources = await loadSources(config.sources);
    const topology = topologyOf(config);
    const rabbitMq = connectRabbitMq({
      url: config.amqpUrls.map(withAmqpHeartbeat),
      name: 'timer',
      topology,
      logger,
      count: busCountersOf(metrics, topology),
    });
    const bus = withTraces(rabbitMq, tracing);
    exposeBus(bus, metrics);
    const count = metrics.counters(sourcesCounters);
    const live = new LiveSources(config.sources, { sources, logger, count });
    const app = await buildTimerApp({ config, bus, sources, live, logger, metrics });
    const closeFirst = () => {
      live.close();
      bus.shortenDeadlines();
    };
    return { app, closeFirst, closeLast: () => bus.close() };
  },
});
