export { loadSources, parseSources, SourcesError } from './load-sources.ts';
export {
  type Field,
  intervalSecondsOf,
  isOwnSite,
  MIN_INTERVAL_SECONDS,
  Source,
} from './source.ts';
export { type SourcesConfig, sourcesConfigOf, sourcesSettings } from './settings.ts';
