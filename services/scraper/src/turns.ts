import { httpError } from '@quotewire/service';

/** Bounds concurrent work: one piece for each address, and a number of pieces for all. */
export class Turns {
  readonly #limit: number;
  readonly #busy = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Does the work, or rejects with 429. */
  async take<T>(address: string, work: () => Promise<T>): Promise<T> {
    const isOwn = this.#busy.has(address);
    if (isOwn || this.#busy.size >= this.#limit) {
      const whose = isOwn ? 'your last request is' : 'requests of others are';
      const refused = httpError(429, `${whose} still in progress: try again in a few seconds`);
      throw Object.assign(refused, { headers: { 'retry-after': '3' } });
    }
    this.#busy.add(address);
    try {
      return await work();
    } finally {
      this.#busy.delete(address);
    }
  }
}
