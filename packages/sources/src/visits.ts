import type { Source } from './source.ts';

/** Other people's sites aren't visited more often, in seconds. */
export const MIN_INTERVAL_SECONDS = 60;

const DEFAULT_JITTER = 0.1;
const DEFAULT_DELAY_SECONDS = 1;

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
export function politenessOf(source: Source): { obeyRobots: boolean; minDelaySeconds: number } {
  return {
    obeyRobots: source.politeness?.obeyRobots ?? true,
    minDelaySeconds:
      source.politeness?.minDelaySeconds ?? (isOwnSite(source) ? 0 : DEFAULT_DELAY_SECONDS),
  };
}

/** What a page has less of than its source expects, as a sentence; undefined if it's as expected. */
export function unmetExpectationOf(
  { expect }: Source,
  quotes: readonly { readonly author: string }[],
): string | undefined {
  const { minItems = 0, minAuthorShare = 0 } = expect ?? {};
  if (quotes.length < minItems)
    return `${quotes.length} quotes where at least ${minItems} are expected: has the site's markup changed?`;
  const share = quotes.filter(({ author }) => author !== '').length / Math.max(1, quotes.length);
  if (quotes.length > 0 && share < minAuthorShare)
    return `${Math.floor(share * 100)} % of the quotes have an author where at least ${minAuthorShare * 100} % are expected: has the site's markup changed?`;
  return undefined;
}

/** Whether a source's site runs on this machine. */
export function isOwnSite({ url }: { url: string }): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
