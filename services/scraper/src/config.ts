import {
  adminSettings,
  type Environment,
  type HttpConfig,
  httpConfigOf,
  httpSettings,
  readSettings,
} from '@quotewire/service';
import { type SourcesConfig, sourcesConfigOf, sourcesSettings } from '@quotewire/sources';
import { Type } from 'typebox';

const Settings = Type.Object({
  ...httpSettings(8082),
  ...sourcesSettings,
  ...adminSettings,
  SCRAPER_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 50,
    default: 4,
    description: 'Pages in hand at once.',
  }),
});

export interface ScraperConfig {
  readonly http: HttpConfig;
  readonly sources: SourcesConfig;
  readonly adminToken: string | undefined;
  readonly concurrency: number;
}

/** Reads the scraper's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): ScraperConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({
    http: httpConfigOf(settings, env),
    sources: sourcesConfigOf(settings),
    adminToken: settings.ADMIN_TOKEN,
    concurrency: settings.SCRAPER_CONCURRENCY,
  });
}
