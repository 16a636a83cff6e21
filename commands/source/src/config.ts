import { type FetchConfig, fetchConfigOf, fetchSettings } from '@quotewire/fetch';
import { type Environment, readSettings } from '@quotewire/service';
import { type SourcesConfig, sourcesConfigOf, sourcesSettings } from '@quotewire/sources';
import { Type } from 'typebox';

const Settings = Type.Object({ ...sourcesSettings, ...fetchSettings });

/** The file of sources, and the scraper's limits. */
export interface CommandConfig extends FetchConfig {
  readonly sources: SourcesConfig;
}

/** Reads the command's settings; throws `ConfigError`. */
export function loadConfig(env: Environment): CommandConfig {
  const settings = readSettings(Settings, env);
  return Object.freeze({ sources: sourcesConfigOf(settings, env), ...fetchConfigOf(settings) });
}
