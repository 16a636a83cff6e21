import { Type } from 'typebox';

/** What every service that knows the sources reads from its environment. */
export const sourcesSettings = {
  SOURCES_FILE: Type.String({ default: 'sources.json', description: 'The file of sources.' }),
  SAMPLE_SITE_URL: Type.String({
    default: 'http://127.0.0.1:8080',
    pattern: '^https?://.+',
    description: 'Where the sample site is.',
  }),
};

/** Where the sources come from: for `loadSources`. */
export interface SourcesConfig {
  readonly path: string;
  readonly sampleSiteUrl: string;
}

/** The part of a service's configuration that `loadSources` needs. */
export function sourcesConfigOf(settings: {
  SOURCES_FILE: string;
  SAMPLE_SITE_URL: string;
}): SourcesConfig {
  return { path: settings.SOURCES_FILE, sampleSiteUrl: settings.SAMPLE_SITE_URL };
}
