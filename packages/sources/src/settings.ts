import { Type } from 'typebox';

/** The settings of every service that loads the sources. */
export const sourcesSettings = {
  SOURCES_FILE: Type.String({ default: 'sources.json', description: 'The file of sources.' }),
  SAMPLE_SITE_URL: Type.String({
    default: 'http://127.0.0.1:8080',
    pattern: '^https?://.+',
    mustBe: 'an address that begins with http:// or https://',
    description: 'Where the sample site is.',
  }),
};

/** The location of the sources, for `loadSources`. */
export interface SourcesConfig {
  readonly path: string;
  readonly sampleSiteUrl: string;
}

/** Creates the configuration for `loadSources` from a service's settings. */
export function sourcesConfigOf(settings: {
  SOURCES_FILE: string;
  SAMPLE_SITE_URL: string;
}): SourcesConfig {
  return { path: settings.SOURCES_FILE, sampleSiteUrl: settings.SAMPLE_SITE_URL };
}
