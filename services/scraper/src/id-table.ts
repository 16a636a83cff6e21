const FIRST_SLOTS = 4_096;

/**
 * A set of ids by 64 of their 128 bits, in 11 to 21 bytes each: linear probing in one array, which
 * doubles when three quarters of its slots are used.
 *
 * 64 bits are enough. Ids are truncated SHA-256 hashes, so a new quote collides with one of
 * 6,000,000 others with a probability of 6,000,000 / 2^64, 3 in 10^13: of 10^9 quotes, one is lost
 * in one of 3,000 such systems. A deliberate collision with a future quote needs 2^64 hashes.
 */
export class IdTable {
  #slots = new Uint32Array(FIRST_SLOTS * 2);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(high: number, low: number): boolean {
    return this.#slots[this.#find(high, low || 1) + 1] !== 0;
  }

  /** Returns whether the id is new. `low` is never stored as 0, which marks a free slot. */
  add(high: number, low: number): boolean {
    if (this.#size * 8 >= this.#slots.length * 3) this.#grow();
    const slot = this.#find(high, low || 1);
    if (this.#slots[slot + 1] !== 0) return false;
    this.#slots[slot] = high;
    this.#slots[slot + 1] = low || 1;
    this.#size += 1;
    return true;
  }

  /** The slot of an id, or the free slot for it. */
  #find(high: number, low: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    let slot = (low << 1) & last;
    while (slots[slot + 1] !== 0 && (slots[slot + 1] !== low || slots[slot] !== high)) {
      slot = (slot + 2) & last;
    }
    return slot;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let index = 0; index < old.length; index += 2) {
      const high = old[index] ?? 0;
      const low = old[index + 1] ?? 0;
      if (low === 0) continue;
      const slot = this.#find(high, low);
      this.#slots[slot] = high;
      this.#slots[slot + 1] = low;
    }
  }
}
