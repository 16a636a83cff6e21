import { type FetchConfig, fetchConfigOf, fetchSettings } from '@quotewire/fetch';
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

/** The scraper's settings. */
export const Settings = Type.Object({
  ...httpSettings(8082),
  ...sourcesSettings,
  ...fetchSettings,
  ...adminSettings,
  SCRAPER_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 200,
    default: 32,
    description: 'Pages in hand at once; of one host one is fetched and four wait.',
  }),
  SCRAPER_THREADS: Type.Integer({
    minimum: 1,
    maximum: 16,
    default: 2,
    description: 'Threads that read pages.',
  }),
});

export interface ScraperConfig extends FetchConfig {
  readonly http: HttpConfig;
  readonly sources: SourcesConfig;
  readonly adminToken: string | undefined;
  readonly concurrency: number;
  readonly threads: number;
}

/** Loads the scraper's configuration. Throws `ConfigError`. */
export function loadConfig(env: Environment): ScraperConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({
    http: httpConfigOf(settings, env),
    sources: sourcesConfigOf(settings, env),
    adminToken: settings.ADMIN_TOKEN,
    concurrency: settings.SCRAPER_CONCURRENCY,
    threads: settings.SCRAPER_THREADS,
    ...fetchConfigOf(settings),
  });
}
