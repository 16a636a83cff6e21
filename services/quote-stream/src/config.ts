import {
  type BusConfig,
  ConfigError,
  type Environment,
  type HttpConfig,
  httpConfigOf,
  httpSettings,
  loadBusConfig,
  problemsOfShares,
  readSettings,
  type StreamConfig,
  streamConfigOf,
  streamSettings,
  workerSettings,
} from '@quotewire/service';
import { Type } from 'typebox';

/** The quote-stream's settings. */
export const Settings = Type.Object({
  ...httpSettings(8083),
  ...streamSettings,
  ...workerSettings,
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
  UPSTREAM_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      mustBe: 'the address of a stream, for example https://quotes.example/quoteEvent',
      description:
        "Address of another quote stream's /quoteEvent, to follow instead of a broker's log: this process is then a relay.",
    }),
  ),
});

export interface QuoteStreamConfig {
  readonly http: HttpConfig;
  readonly historyMaxBytes: number;
  readonly historyStartEntries: number;
  readonly stream: StreamConfig;
}

/** The config of a quote-stream in a process of its own. */
export interface ProcessConfig extends QuoteStreamConfig {
  /** The broker whose log it follows, or, for a relay, the address of the stream. */
  readonly origin: BusConfig | { readonly upstreamUrl: string };
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

/** Reads the settings of a process that runs nothing else; throws `ConfigError`. */
export function loadProcessConfig(env: Environment): ProcessConfig {
  const settings = readSettings(Settings, env, problemsOfShares);
  const { UPSTREAM_URL: upstreamUrl, WORKERS: workers } = settings;
  const alone = loadConfig(env);
  const http = { ...alone.http, workers };
  const config = { ...alone, http, stream: streamConfigOf(settings, { workers }) };
  if (upstreamUrl === undefined) return { ...config, origin: loadBusConfig(env) };
  const broker = ['AMQP_URL', 'CLOUDAMQP_URL'].find((name) => env[name]);
  if (broker === undefined) return { ...config, origin: { upstreamUrl } };
  throw new ConfigError([
    `UPSTREAM_URL and ${broker} are both set, but a relay follows its upstream instead of a broker. Unset one of them.`,
  ]);
}
