import { loadConfig as loadChatConfig } from '@quotewire/chat/config';
import { loadConfig as loadClockConfig } from '@quotewire/clock/config';
import { loadConfig as loadQuoteStreamConfig } from '@quotewire/quote-stream/config';
import { loadConfig as loadSampleSiteConfig } from '@quotewire/sample-site/config';
import { loadConfig as loadScraperConfig } from '@quotewire/scraper/config';
import {
  ConfigError,
  type Environment,
  httpConfigOf,
  httpSettings,
  loadOptionalBusConfig,
  readSettings,
} from '@quotewire/service';
import { loadConfig as loadTimerConfig } from '@quotewire/timer/config';
import { Type } from 'typebox';

const http = httpSettings(8080);

/** The settings of the standalone process, beside those of its services. */
export const Settings = Type.Object({
  ...http,
  LOG_LEVEL: Type.String({ ...http.LOG_LEVEL, default: 'warn' }),
  SAMPLE_SITE_URL: Type.Optional(
    Type.String({
      description: 'The sample site that sources use instead of the one in this process.',
    }),
  ),
});

export type StandaloneConfig = ReturnType<typeof loadConfig>;

/** Reads the settings of the standalone process; throws `ConfigError`. All services share PORT and HOST. */
export function loadConfig(given: Environment) {
  const env: Environment = {
    TIMER_AUTOSTART: 'true',
    DRAIN_SECONDS: '0',
    PAGE_LINKS: 'same-origin',
    ...given,
    LOG_LEVEL: given.LOG_LEVEL || 'warn',
  };
  if (given.UPSTREAM_URL) {
    throw new ConfigError([
      'UPSTREAM_URL is set, but a relay is a quote stream alone. Unset it, or run: npm run service -- quote-stream',
    ]);
  }
  const settings = readSettings(Settings, env);
  const timer = loadTimerConfig(env);
  const { SAMPLE_SITE_URL: sampleSiteUrl } = settings;
  return {
    ...loadOptionalBusConfig(env),
    http: httpConfigOf(settings, env),
    // by default, sources use the sample site of this process
    sources: {
      path: timer.sources.path,
      ...(sampleSiteUrl === undefined ? {} : { sampleSiteUrl }),
    },
    sampleSite: loadSampleSiteConfig(env),
    timer,
    scraper: loadScraperConfig(env),
    quoteStream: loadQuoteStreamConfig(env),
    clock: loadClockConfig(env),
    chat: loadChatConfig(env),
  };
}
