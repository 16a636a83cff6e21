import type { Source } from './source.ts';

/** Other people's sites aren't visited more often, in seconds. */
export const MIN_INTERVAL_SECONDS = 60;

const DEFAULT_JITTER = 0.1;
const DEFAULT_DELAY_SECONDS = 1;
const DEFAULT_AUTHOR_SHARE = 0.5;

/** How often a source is due: its own interval, else the timer's as far as its site should bear it; in seconds. */
export function intervalSecondsOf(source: Source, timerIntervalSeconds: number): number {
  return (
    source.intervalSeconds ??
    Math.max(timerIntervalSeconds, isOwnSite(source) ? 1 : MIN_INTERVAL_SECONDS)
  );
}

/**
 * How long after its slot a run of a source begins, in seconds: from 0 up to its share of the
 * interval. `random` is at least 0 and less than 1; the same for all who have to agree.
 */
export function jitterSecondsOf(
  source: Source,
  { intervalSeconds, random }: { intervalSeconds: number; random: number },
): number {
  return intervalSeconds * (source.jitter ?? DEFAULT_JITTER) * random;
}

/** How a source's site is visited, with the defaults filled in. */
export function politenessOf(source: Pick<Source, 'url' | 'politeness' | 'allowPrivate'>): {
  obeyRobots: boolean;
  minDelaySeconds: number;
} {
  return {
    obeyRobots: source.politeness?.obeyRobots ?? true,
    minDelaySeconds:
      source.politeness?.minDelaySeconds ?? (isOwnSite(source) ? 0 : DEFAULT_DELAY_SECONDS),
  };
}

/** What a source's first page has less of than is expected, as a sentence; undefined if it's as expected. */
export function unmetExpectationOf(
  { expect, fields }: Source,
  quotes: readonly { readonly author: string }[],
): string | undefined {
  const wantsAuthors = fields?.author !== undefined;
  const { minItems = 1, minAuthorShare = wantsAuthors ? DEFAULT_AUTHOR_SHARE : 0 } = expect ?? {};
  const question = "has the site's markup changed?";
  if (quotes.length < minItems)
    return `The first page has ${quotes.length} quotes where at least ${minItems} are expected: ${question}`;
  const share = quotes.filter(({ author }) => author !== '').length / Math.max(1, quotes.length);
  if (quotes.length > 0 && share < minAuthorShare)
    return `${Math.floor(share * 100)} % of the quotes on the first page have an author where at least ${minAuthorShare * 100} % are expected: ${question}`;
  return undefined;
}

/** Whether a site is the operator's own: on this machine, or where its source says that it may be private. */
export function isOwnSite({
  url,
  allowPrivate,
}: {
  url: string;
  allowPrivate?: boolean | undefined;
}): boolean {
  const { hostname } = new URL(url);
  const isHere =
    hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return allowPrivate ?? isHere;
}

/** The hosts, with their ports, that may be at private addresses: those of the operator's own sites. */
export function privateHostsOf(sources: readonly Source[]): ReadonlySet<string> {
  return new Set(sources.filter(isOwnSite).map(({ url }) => new URL(url).host));
}
