import { type Environment, loadOptionalBusConfig, readSettings } from '@quotewire/service';
import { Type } from 'typebox';

const port = (defaultPort: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: defaultPort });

const Ports = Type.Object({
  SAMPLE_SITE_PORT: port(8080),
  TIMER_PORT: port(8081),
  SCRAPER_PORT: port(8082),
  QUOTE_STREAM_PORT: port(8083),
});

/**
 * Reads the settings of the whole in one process; throws `ConfigError`. Each service has its port
 * in `<SERVICE>_PORT`, and everything listens on this machine alone unless HOST says otherwise.
 */
export function loadConfig(env: Environment) {
  const ports = readSettings(Ports, env);
  const { amqpUrl, logMaxBytes } = loadOptionalBusConfig(env);
  const shared = {
    LOG_LEVEL: 'warn',
    TIMER_AUTOSTART: 'true',
    DRAIN_SECONDS: '0',
    ...env,
    HOST: env.HOST ?? '127.0.0.1',
  };
  return {
    amqpUrl,
    logMaxBytes,
    logLevel: shared.LOG_LEVEL,
    envs: {
      sampleSite: { ...shared, PORT: String(ports.SAMPLE_SITE_PORT) },
      timer: { ...shared, PORT: String(ports.TIMER_PORT) },
      scraper: { ...shared, PORT: String(ports.SCRAPER_PORT) },
      quoteStream: { ...shared, PORT: String(ports.QUOTE_STREAM_PORT) },
    },
  };
}
