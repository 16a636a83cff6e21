/** Addresses that are remembered; beyond them the one that has been quiet for longest is forgotten. */
const MAX_ADDRESSES = 10_000;

/** A token bucket for each address. Returns what takes a token and says in how many ms there'll be one; 0: there was. */
export function createRateLimit({ perSecond, burst }: { perSecond: number; burst: number }) {
  const tokenMs = 1_000 / perSecond;
  // n.b. a map keeps its order
  const fullAt = new Map<string, number>();
  return (address: string, nowMs: number): number => {
    const fullAgain = Math.max(fullAt.get(address) ?? 0, nowMs) + tokenMs;
    const waitMs = Math.ceil(fullAgain - nowMs - burst * tokenMs);
    if (waitMs > 0) return waitMs;
    fullAt.delete(address);
    fullAt.set(address, fullAgain);
    const [quietest] = fullAt.keys();
    if (fullAt.size > MAX_ADDRESSES && quietest !== undefined) fullAt.delete(quietest);
    return 0;
  };
}
