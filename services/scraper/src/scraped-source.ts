import { isOwnSite, type Source } from '@quotewire/sources';

/** A source with what fetching and judging it may go by. */
export type ScrapedSource = Source & {
  /** `random`: each run publishes one quote that wasn't. Default: all that's new. */
  readonly mode?: string;
  /** Its site may be at a private address. Default: only on this machine. */
  readonly allowPrivate?: boolean;
  /** Default: what robots.txt says counts. */
  readonly obeyRobots?: boolean;
  /** What its first page has when it's well. */
  readonly expect?: { readonly minItems?: number; readonly minAuthorShare?: number };
};

/** The hosts, with their ports, that may be at private addresses: those that the operator's settings name as such. */
export function privateHostsOf(
  sources: readonly ScrapedSource[],
  { sampleSiteUrl }: { sampleSiteUrl: string },
): ReadonlySet<string> {
  const { origin } = new URL(sampleSiteUrl);
  const named = sources.filter(
    (source) => (source.allowPrivate ?? isOwnSite(source)) || new URL(source.url).origin === origin,
  );
  return new Set(named.map(({ url }) => new URL(url).host));
}
