/** Why there's no room for one more stream. */
export type NoRoom = 'full' | 'address';

export interface AdmissionOptions {
  /** Open streams in all. Default 15,000. */
  maxConnections?: number;
  /** Open streams of one address. Default 500: many people may share one. */
  maxPerAddress?: number;
}

/** Bounds how many streams are open, in total and for each address. */
export class Admission {
  readonly #maxConnections: number;
  readonly #maxPerAddress: number;
  readonly #addresses = new Map<string, number>();
  #size = 0;

  constructor({ maxConnections = 15_000, maxPerAddress = 500 }: AdmissionOptions = {}) {
    this.#maxConnections = maxConnections;
    this.#maxPerAddress = maxPerAddress;
  }

  /** Open streams. */
  get size(): number {
    return this.#size;
  }

  /** Lets a stream in, which has to `leave` at its end, or says why not. */
  enter(address: string): NoRoom | undefined {
    const open = this.#addresses.get(address) ?? 0;
    if (this.#size >= this.#maxConnections) return 'full';
    if (open >= this.#maxPerAddress) return 'address';
    this.#addresses.set(address, open + 1);
    this.#size += 1;
    return undefined;
  }

  leave(address: string): void {
    const open = this.#addresses.get(address) ?? 0;
    if (open > 1) this.#addresses.set(address, open - 1);
    else this.#addresses.delete(address);
    this.#size -= 1;
  }
}
