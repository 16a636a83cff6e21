import {
  type Environment,
  httpConfigOf,
  httpSettings,
  readSettings,
  streamConfigOf,
  streamSettings,
} from '@quotewire/service';
import { Type } from 'typebox';

const PER_SECOND = 'Messages per second that an address may post on average.';
const BURST = 'Messages that an address may post at once.';
/** The chat's settings. */
export const Settings = Type.Object({
  ...httpSettings(8085),
  ...streamSettings,
  CHAT_RATE_PER_SECOND: Type.Number({ minimum: 0.01, default: 10, description: PER_SECOND }),
  CHAT_BURST: Type.Integer({ minimum: 1, default: 30, description: BURST }),
});

export type ChatConfig = ReturnType<typeof loadConfig>;

/** Reads the chat's settings; throws `ConfigError`. */
export function loadConfig(env: Environment) {
  const settings = readSettings(Settings, env);
  const { CHAT_RATE_PER_SECOND: perSecond, CHAT_BURST: burst } = settings;
  const stream = streamConfigOf(settings);
  return Object.freeze({ http: httpConfigOf(settings, env), stream, rate: { perSecond, burst } });
}
