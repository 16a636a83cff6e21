import { addressGroup } from './address-group.ts';

/** The limit that a new stream would exceed. */
export type LimitReached = 'full' | 'address';

export interface ConnectionLimitOptions {
  /** Open streams in total. Default 15,000. */
  maxConnections?: number;
  /** Open streams of one address, or of one IPv6 /64. Default 500: many users may share an address. */
  maxPerAddress?: number;
}

/** Limits the number of open streams, in total and for each address. */
export class ConnectionLimit {
  readonly #maxConnections: number;
  readonly #maxPerAddress: number;
  readonly #addresses = new Map<string, number>();
  #size = 0;

  constructor({ maxConnections = 15_000, maxPerAddress = 500 }: ConnectionLimitOptions = {}) {
    this.#maxConnections = maxConnections;
    this.#maxPerAddress = maxPerAddress;
  }

  /** Open streams. */
  get size(): number {
    return this.#size;
  }

  /** Acquires a slot, which `release` frees, or returns the limit that was reached. */
  acquire(address: string): LimitReached | undefined {
    const group = addressGroup(address);
    const open = this.#addresses.get(group) ?? 0;
    if (this.#size >= this.#maxConnections) return 'full';
    if (open >= this.#maxPerAddress) return 'address';
    this.#addresses.set(group, open + 1);
    this.#size += 1;
    return undefined;
  }

  /** Releases a slot. */
  release(address: string): void {
    const group = addressGroup(address);
    const open = this.#addresses.get(group) ?? 0;
    if (open > 1) this.#addresses.set(group, open - 1);
    else this.#addresses.delete(group);
    this.#size -= 1;
  }
}
