const BLOCK = 1_024;

/** A queue with access by index, stored in blocks: `shift` keeps no reference to the removed element and moves no others. */
export class Deque<T> {
  #blocks: (T | undefined)[][] = [];
  /** Index of the oldest element in the first block. */
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Returns the element at an index, counted from the oldest. The index must not be negative. */
  at(index: number): T | undefined {
    const slot = this.#first + index;
    return this.#blocks[Math.floor(slot / BLOCK)]?.[slot % BLOCK];
  }

  push(element: T): void {
    const slot = this.#first + this.#length;
    if (slot === this.#blocks.length * BLOCK) {
      this.#blocks.push(Array.from<T | undefined>({ length: BLOCK }));
    }
    const block = this.#blocks.at(-1);
    if (block !== undefined) block[slot % BLOCK] = element;
    this.#length += 1;
  }

  /** Removes and returns the oldest element. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const [block = []] = this.#blocks;
    const element = block[this.#first];
    block[this.#first] = undefined;
    this.#first += 1;
    this.#length -= 1;
    if (this.#first === BLOCK) {
      this.#blocks.shift();
      this.#first = 0;
    }
    return element;
  }
}
