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

/** The timer's settings. */
export const Settings = Type.Object({
  ...httpSettings(8081),
  ...sourcesSettings,
  ...adminSettings,
  TIMER_AUTOSTART: Type.Boolean({
    default: false,
    description: 'true: the timer starts by itself unless it was stopped.',
  }),
});

export interface TimerConfig {
  readonly http: HttpConfig;
  readonly sources: SourcesConfig;
  readonly adminToken: string | undefined;
  readonly autostart: boolean;
}

/** Reads the timer's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): TimerConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({
    http: httpConfigOf(settings, env),
    sources: sourcesConfigOf(settings, env),
    adminToken: settings.ADMIN_TOKEN,
    autostart: settings.TIMER_AUTOSTART,
  });
}
