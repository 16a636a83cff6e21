import {
  type Environment,
  type HttpConfig,
  httpConfigOf,
  httpSettings,
  readSettings,
} from '@quotewire/service';
import { Type } from 'typebox';

/** The sample site's settings. */
export const Settings = Type.Object({
  ...httpSettings(8080),
  NEW_QUOTE_SECONDS: Type.Number({
    minimum: 0.1,
    maximum: 86_400,
    default: 2,
    description: 'Seconds until the site gains another quote.',
  }),
});

export interface SampleSiteConfig {
  readonly http: HttpConfig;
  readonly newQuoteMs: number;
}

/** Reads the sample site's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): SampleSiteConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({
    http: httpConfigOf(settings, env),
    newQuoteMs: settings.NEW_QUOTE_SECONDS * 1_000,
  });
}
