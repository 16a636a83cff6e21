/** A seeded pseudo-random generator. */
export interface Random {
  /** Returns a number from 0 to less than 1. */
  (): number;
  /** Returns an integer from 0 to less than `end`. */
  below(end: number): number;
  oneOf<T>(choices: readonly T[]): T;
}

/** Returns a generator with the algorithm mulberry32. */
export function randomFrom(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  const oneOf = <T>(choices: readonly T[]) => choices[below(choices.length)] as T;
  return Object.assign(next, { below, oneOf });
}
