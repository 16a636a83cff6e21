import type { Bus } from '@quotewire/bus';
import { quoteScraped, quotesLog, sourceStatus } from '@quotewire/events';
import type { SourceOf } from '@quotewire/sources';
import type { GuaranteeChecker } from './guarantee-checker.ts';
import type { SimulatedSite } from './simulated-site.ts';
import type { SiteTimeline } from './site-timeline.ts';

/** A source of the simulation, with its site and what is checked of it. */
export interface SimulatedSource {
  readonly site: SimulatedSite;
  readonly checker: GuaranteeChecker;
  readonly timeline: SiteTimeline;
  source: SourceOf<'html'>;
}

/**
 * Follows the log of quotes: counts how often each quote was published, reports repetitions, and
 * records until when hosts are blocked.
 */
export function watchQuotesLog(
  bus: Bus,
  {
    sourceNamed,
    published,
    violations,
  }: {
    sourceNamed: (name: string) => SimulatedSource;
    published: Map<string, number>;
    violations: string[];
  },
): void {
  const publishedPerRun = new Map<string, number>();
  bus.follow(quotesLog, ({ event }) => {
    if (event?.type === quoteScraped.type) {
      const { id, text, runId, source } = event.data;
      const times = (published.get(id) ?? 0) + 1;
      published.set(id, times);
      if (times > 1) violations.push(`published "${text}" again in ${runId}`);
      publishedPerRun.set(runId ?? '', (publishedPerRun.get(runId ?? '') ?? 0) + 1);
      if (
        sourceNamed(source).source.mode === 'random' &&
        (publishedPerRun.get(runId ?? '') ?? 0) > 1
      )
        violations.push(`published two quotes in ${runId} in random mode`);
    } else if (event?.type === sourceStatus.type) {
      const { retryAt, blockedUntil } = event.data;
      const blockedUntilMs = Math.max(
        Date.parse(retryAt ?? '') || 0,
        Date.parse(blockedUntil ?? '') || 0,
      );
      sourceNamed(event.data.source).timeline.blockedUntilMs = blockedUntilMs;
    }
  });
}
