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

/** The clock's settings. */
export const Settings = Type.Object({ ...httpSettings(8084), ...streamSettings });

export interface ClockConfig {
  readonly http: HttpConfig;
  readonly stream: StreamConfig;
}

/** Reads the clock's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): ClockConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({ http: httpConfigOf(settings, env), stream: streamConfigOf(settings) });
}
