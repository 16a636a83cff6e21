import type { Source } from './source.ts';

/** The shortest interval for a foreign site, in seconds. */
export const MIN_INTERVAL_SECONDS = 60;

const DEFAULT_JITTER = 0.1;
const DEFAULT_DELAY_SECONDS = 1;
const DEFAULT_AUTHOR_SHARE = 0.5;

/** A source's interval in seconds: its own, else the timer's, for foreign sites at least `MIN_INTERVAL_SECONDS`. */
export function intervalSecondsOf(source: Source, timerIntervalSeconds: number): number {
  return (
    source.intervalSeconds ??
    Math.max(timerIntervalSeconds, isOwnSite(source) ? 1 : MIN_INTERVAL_SECONDS)
  );
}

/**
 * The delay of a run after its slot, in seconds: from 0 up to the source's share of the interval.
 * `random` is in [0, 1); callers that have to agree pass the same value.
 */
export function jitterSecondsOf(
  source: Source,
  { intervalSeconds, random }: { intervalSeconds: number; random: number },
): number {
  return intervalSeconds * (source.jitter ?? DEFAULT_JITTER) * random;
}

/** A source's politeness, with defaults. */
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

/** Which expectation the first page of a source doesn't meet, as a sentence; undefined if it meets all. */
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

/** Whether a site is the operator's own: on this machine, or with `allowPrivate`. */
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

/** The hosts of the operator's own sites with their ports; only these may resolve to private addresses. */
export function privateHostsOf(sources: readonly Source[]): ReadonlySet<string> {
  return new Set(sources.filter(isOwnSite).map(({ url }) => new URL(url).host));
}
