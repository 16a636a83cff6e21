/** Addresses with a bucket; beyond this number the least recently used one is dropped. */
const MAX_ADDRESSES = 10_000;

/** Creates a token bucket for each address. Returns a function that takes a token and returns 0, or returns the ms until there is one. */
export function createRateLimit({ perSecond, burst }: { perSecond: number; burst: number }) {
  const tokenMs = 1_000 / perSecond;
  // a map iterates in insertion order: the first key is the least recently used
  const fullAt = new Map<string, number>();
  return (address: string, nowMs: number): number => {
    const fullAgain = Math.max(fullAt.get(address) ?? 0, nowMs) + tokenMs;
    const waitMs = Math.ceil(fullAgain - nowMs - burst * tokenMs);
    if (waitMs > 0) return waitMs;
    fullAt.delete(address);
    fullAt.set(address, fullAgain);
    const [leastRecent] = fullAt.keys();
    if (fullAt.size > MAX_ADDRESSES && leastRecent !== undefined) fullAt.delete(leastRecent);
    return 0;
  };
}
