import {
  type Environment,
  type HttpConfig,
  httpConfigOf,
  httpSettings,
  readSettings,
  type StreamConfig,
  streamConfigOf,
  streamSettings,
} from '@quotewire/service';
import { Type } from 'typebox';

const Settings = Type.Object({
  ...httpSettings(8083),
  ...streamSettings,
  HISTORY_MAX_BYTES: Type.Integer({
    minimum: 100_000,
    default: 64 * 1024 * 1024,
    description: 'Bytes of frames that a process holds for replay.',
  }),
});

export interface QuoteStreamConfig {
  readonly http: HttpConfig;
  readonly historyMaxBytes: number;
  readonly stream: StreamConfig;
}

/** Reads the quote-stream's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): QuoteStreamConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({
    http: httpConfigOf(settings, env),
    historyMaxBytes: settings.HISTORY_MAX_BYTES,
    stream: streamConfigOf(settings),
  });
}
