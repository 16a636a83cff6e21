import {
  type Environment,
  type HttpConfig,
  httpConfigOf,
  httpSettings,
  readSettings,
} from '@quotewire/service';
import { Type } from 'typebox';

const Settings = Type.Object({
  ...httpSettings(8083),
  HISTORY_MAX_BYTES: Type.Integer({
    minimum: 100_000,
    default: 64 * 1024 * 1024,
    description: 'Bytes of frames that a process holds for replay.',
  }),
  DRAIN_SECONDS: Type.Number({
    minimum: 0,
    maximum: 20,
    default: 10,
    description:
      'At the end the streams are closed within so many seconds, each at a random moment.',
  }),
});

export interface QuoteStreamConfig {
  readonly http: HttpConfig;
  readonly historyMaxBytes: number;
  readonly drainMs: number;
}

/** Reads the quote-stream's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): QuoteStreamConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({
    http: httpConfigOf(settings, env),
    historyMaxBytes: settings.HISTORY_MAX_BYTES,
    drainMs: settings.DRAIN_SECONDS * 1_000,
  });
}
