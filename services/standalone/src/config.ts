import { loadConfig as loadChatConfig } from '@quotewire/chat/config';
import { loadConfig as loadClockConfig } from '@quotewire/clock/config';
import { loadConfig as loadQuoteStreamConfig } from '@quotewire/quote-stream/config';
import { loadConfig as loadSampleSiteConfig } from '@quotewire/sample-site/config';
import { loadConfig as loadScraperConfig } from '@quotewire/scraper/config';
import { type Environment, loadOptionalBusConfig, readSettings } from '@quotewire/service';
import { loadConfig as loadTimerConfig } from '@quotewire/timer/config';
import { Type } from 'typebox';

const port = (defaultPort: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: defaultPort, description: 'TCP port.' });

/** The settings of the standalone process, beside those of its services. */
export const Settings = Type.Object({
  SAMPLE_SITE_PORT: port(8080),
  TIMER_PORT: port(8081),
  SCRAPER_PORT: port(8082),
  QUOTE_STREAM_PORT: port(8083),
  CLOCK_PORT: port(8084),
  CHAT_PORT: port(8085),
  SAMPLE_SITE_URL: Type.Optional(Type.String()),
});

export type StandaloneConfig = ReturnType<typeof loadConfig>;

/**
 * Reads the settings of the standalone process; throws `ConfigError`. `<SERVICE>_PORT` sets the port
 * of each service, and HOST defaults to the loopback address.
 */
export function loadConfig(env: Environment) {
  const settings = readSettings(Settings, env);
  const envWith = (servicePort: number): Environment => ({
    TIMER_AUTOSTART: 'true',
    DRAIN_SECONDS: '0',
    ...env,
    LOG_LEVEL: env.LOG_LEVEL || 'warn',
    HOST: env.HOST || '127.0.0.1',
    PORT: String(servicePort),
  });
  const timer = loadTimerConfig(envWith(settings.TIMER_PORT));
  const { SAMPLE_SITE_URL: sampleSiteUrl } = settings;
  return {
    ...loadOptionalBusConfig(env),
    logLevel: timer.http.logLevel,
    // by default, sources use the address on which the sample site listens
    sources: {
      path: timer.sources.path,
      ...(sampleSiteUrl === undefined ? {} : { sampleSiteUrl }),
    },
    sampleSite: loadSampleSiteConfig(envWith(settings.SAMPLE_SITE_PORT)),
    timer,
    scraper: loadScraperConfig(envWith(settings.SCRAPER_PORT)),
    quoteStream: loadQuoteStreamConfig(envWith(settings.QUOTE_STREAM_PORT)),
    clock: loadClockConfig(envWith(settings.CLOCK_PORT)),
    chat: loadChatConfig(envWith(settings.CHAT_PORT)),
  };
}
