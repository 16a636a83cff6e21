import { Type } from 'typebox';

/** The settings of every service that loads the sources. */
export const sourcesSettings = {
  SOURCES_FILE: Type.String({ default: 'sources.json', description: 'The file of sources.' }),
  SAMPLE_SITE_URL: Type.Optional(
    Type.String({
      pattern: '^https?://.+',
      mustBe: 'an address that begins with http:// or https://',
      description: 'Where the sample site is.',
    }),
  ),
};

/** The location of the sources, for `loadSources`. */
export interface SourcesConfig {
  readonly path: string;
  readonly sampleSiteUrl: string;
  /** Whether there is no sample site, so that sources on it are disabled. Default false. */
  readonly lacksSampleSite?: boolean;
}

/**
 * Creates the configuration for `loadSources` from a service's settings. A set PORT implies a
 * platform, where the sample site exists only if SAMPLE_SITE_URL says so.
 */
export function sourcesConfigOf(
  settings: { SOURCES_FILE: string; SAMPLE_SITE_URL?: string },
  env: { readonly PORT?: string | undefined },
): SourcesConfig {
  return {
    path: settings.SOURCES_FILE,
    sampleSiteUrl: settings.SAMPLE_SITE_URL ?? 'http://127.0.0.1:8080',
    ...(settings.SAMPLE_SITE_URL === undefined && env.PORT && { lacksSampleSite: true }),
  };
}
