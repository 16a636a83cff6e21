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

/** The quote-stream's settings. */
export const Settings = Type.Object({
  ...httpSettings(8083),
  ...streamSettings,
  HISTORY_MAX_BYTES: Type.Integer({
    minimum: 100_000,
    default: 64 * 1024 * 1024,
    description: 'Bytes of frames that a process holds for replay.',
  }),
  HISTORY_START_ENTRIES: Type.Integer({
    minimum: 1,
    maximum: 10_000_000,
    default: 5_000,
    description: 'Entries of quotes.log that a process reads when it starts, the newest ones.',
  }),
});

export interface QuoteStreamConfig {
  readonly http: HttpConfig;
  readonly historyMaxBytes: number;
  readonly historyStartEntries: number;
  readonly stream: StreamConfig;
}

/** Reads the quote-stream's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): QuoteStreamConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({
    http: httpConfigOf(settings, env),
    historyMaxBytes: settings.HISTORY_MAX_BYTES,
    historyStartEntries: settings.HISTORY_START_ENTRIES,
    stream: streamConfigOf(settings),
  });
}
