export type { MarkupField, PathField } from './field.ts';
export { identityOf } from './identity.ts';
export { LiveSources, sourcesCounters } from './live-sources.ts';
export { loadSources, parseSource, parseSources, SourcesError } from './load-sources.ts';
export { compilePattern, FIELD_NAMES, type FieldName } from './pattern.ts';
export { compileSelector, type Finder } from './selector.ts';
export { type SourcesConfig, sourcesConfigOf, sourcesSettings } from './settings.ts';
export type { NumberedPages, Source, SourceKind, SourceOf } from './source.ts';
export {
  intervalSecondsOf,
  isOwnSite,
  jitterSecondsOf,
  MIN_INTERVAL_SECONDS,
  politenessOf,
  privateHostsOf,
  unmetExpectationOf,
} from './site-policy.ts';
