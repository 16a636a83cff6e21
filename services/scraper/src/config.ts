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
import type { FetchLimits } from './fetch-page.ts';

const Settings = Type.Object({
  ...httpSettings(8082),
  ...sourcesSettings,
  ...adminSettings,
  SCRAPER_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 50,
    default: 16,
    description: 'Pages in hand at once; a host has one of them at most, be it ever so slow.',
  }),
  SCRAPER_THREADS: Type.Integer({
    minimum: 1,
    maximum: 16,
    default: 2,
    description: 'Threads that read pages.',
  }),
  SCRAPER_CONTACT_URL: Type.String({
    default: 'https://quotewire.example/README.md',
    pattern: '^(https?://|mailto:)[!-~]+$',
    description: 'Where the owners of sites find who scrapes them: part of the User-Agent.',
  }),
  FETCH_TIMEOUT_SECONDS: Type.Number({
    minimum: 0.1,
    maximum: 300,
    default: 20,
    description: 'Seconds for a whole page, redirects included.',
  }),
  FETCH_MAX_WIRE_BYTES: Type.Integer({
    minimum: 1_024,
    maximum: 64 * 1024 * 1024,
    default: 1024 * 1024,
    description: 'Bytes of a page as it comes.',
  }),
  FETCH_MAX_DECODED_BYTES: Type.Integer({
    minimum: 1_024,
    maximum: 64 * 1024 * 1024,
    default: 2 * 1024 * 1024,
    description: 'Bytes of a page when it was decompressed.',
  }),
});

export interface ScraperConfig {
  readonly http: HttpConfig;
  readonly sources: SourcesConfig;
  readonly adminToken: string | undefined;
  readonly concurrency: number;
  readonly threads: number;
  readonly userAgent: string;
  readonly limits: FetchLimits;
}

/** Reads the scraper's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): ScraperConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({
    http: httpConfigOf(settings, env),
    sources: sourcesConfigOf(settings),
    adminToken: settings.ADMIN_TOKEN,
    concurrency: settings.SCRAPER_CONCURRENCY,
    threads: settings.SCRAPER_THREADS,
    userAgent: `Quotewire/0.1 (+${settings.SCRAPER_CONTACT_URL})`,
    limits: {
      timeoutMs: settings.FETCH_TIMEOUT_SECONDS * 1_000,
      maxWireBytes: settings.FETCH_MAX_WIRE_BYTES,
      maxDecodedBytes: settings.FETCH_MAX_DECODED_BYTES,
    },
  });
}
