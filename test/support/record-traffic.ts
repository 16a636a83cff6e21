import type { Bus, Follower } from '@quotewire/bus';
import type { TestTopology } from '@quotewire/testing';

export interface Traffic {
  readonly follower: Follower;
  /** The words read from the log, in order. */
  readonly words: readonly string[];
  readonly offsets: readonly number[];
  readonly gaps: readonly string[];
  /** The jobs done, in order. */
  readonly pages: readonly number[];
}

/** Follows the log of a bus and does its jobs after `untilAllowed`, and records both. */
export function recordTraffic(
  bus: Bus,
  { log, queue }: TestTopology,
  { untilAllowed = Promise.resolve() }: { untilAllowed?: Promise<void> } = {},
): Traffic {
  const words: string[] = [];
  const offsets: number[] = [];
  const gaps: string[] = [];
  const pages: number[] = [];
  bus.consume(queue, async ({ data }) => {
    await untilAllowed;
    pages.push(data.page);
  });
  const follower = bus.follow(
    log,
    ({ offset, event }) => {
      offsets.push(offset);
      if (event) words.push(event.data.word);
    },
    { onGap: (reason) => gaps.push(reason) },
  );
  return { follower, words, offsets, gaps, pages };
}
