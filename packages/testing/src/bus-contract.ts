import { describe } from 'vitest';
import { describeConsume } from './bus-contract/consume.ts';
import { type BusHarness, contractTestFor } from './bus-contract/contract-test.ts';
import { describeFailedJobs } from './bus-contract/failed-jobs.ts';
import { describeFollow } from './bus-contract/follow.ts';
import { describeFollowPosition } from './bus-contract/follow-position.ts';
import { describeLock } from './bus-contract/lock.ts';
import { describeProblemsAndClose } from './bus-contract/problems-and-close.ts';
import { describePublish } from './bus-contract/publish.ts';

/** Declares the tests that every implementation of the bus must pass. */
export function describeBus(name: string, harness: BusHarness): void {
  const it = contractTestFor(harness);
  // oxlint-disable-next-line vitest/valid-title -- the caller's
  describe(name, () => {
    describePublish(it);
    describeConsume(it);
    describeFailedJobs(it);
    describeFollow(it);
    describeFollowPosition(it);
    describeLock(it);
    describeProblemsAndClose(it);
  });
}
