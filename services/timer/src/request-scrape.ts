import { randomUUID } from 'node:crypto';
import type { Bus, CloudEvent } from '@quotewire/bus';
import { scrapeRequested } from '@quotewire/events';
import type { Source } from '@quotewire/sources';

const MIN_LIFETIME_MS = 60_000;

/** A requested run. */
export interface RequestedRun {
  readonly source: string;
  readonly runId: string;
  readonly url: string;
}

/**
 * Requests the first page of a new run; resolves once the broker has confirmed the job. The job
 * expires when the next one is due, but not within a minute.
 */
export async function requestScrape(
  bus: Bus,
  { source, intervalSeconds, nowMs }: { source: Source; intervalSeconds: number; nowMs: number },
): Promise<{ run: RequestedRun; job: CloudEvent }> {
  const runId = randomUUID();
  const { name, url } = source;
  const expiresAt = new Date(
    nowMs + Math.max(MIN_LIFETIME_MS, intervalSeconds * 1_000),
  ).toISOString();
  const data = { source: name, runId, page: 1, url, expiresAt, intervalSeconds };
  const job = await bus.publish(scrapeRequested, data, { correlationId: runId });
  return { run: { source: name, runId, url }, job };
}
