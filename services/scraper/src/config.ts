import {
  type Environment,
  type HttpConfig,
  httpConfigOf,
  httpSettings,
  readSettings,
} from '@quotewire/service';
import { Type } from 'typebox';

const Settings = Type.Object({
  ...httpSettings(8082),
  SOURCES_FILE: Type.String({ default: 'sources.json', description: 'The file of sources.' }),
  SAMPLE_SITE_URL: Type.String({
    default: 'http://127.0.0.1:8080',
    pattern: '^https?://.+',
    description: 'Where the sample site is.',
  }),
  ADMIN_TOKEN: Type.Optional(
    Type.String({ minLength: 8, description: 'What POSTs have to bring.' }),
  ),
  SCRAPER_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 50,
    default: 4,
    description: 'Pages in hand at once.',
  }),
});

export interface ScraperConfig {
  readonly http: HttpConfig;
  readonly sources: { readonly path: string; readonly sampleSiteUrl: string };
  readonly adminToken: string | undefined;
  readonly concurrency: number;
}

/** Reads the scraper's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): ScraperConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({
    http: httpConfigOf(settings, env),
    sources: { path: settings.SOURCES_FILE, sampleSiteUrl: settings.SAMPLE_SITE_URL },
    adminToken: settings.ADMIN_TOKEN,
    concurrency: settings.SCRAPER_CONCURRENCY,
  });
}
