import { type Bus, PostponeError } from '@quotewire/bus';
import { hostLock } from '@quotewire/events';

/** Has one request at a time under way at each host: by turns in this process, by a lock on the broker among all. */
export class HostTurns {
  readonly #bus: Bus;
  /** The end of the last turn of each host. */
  readonly #lastTurns = new Map<string, Promise<unknown>>();

  constructor({ bus }: { bus: Bus }) {
    this.#bus = bus;
  }

  /** Does the work when it's its turn; rejects with a `PostponeError` when another process is at that host. */
  async take<T>(host: string, work: () => Promise<T>): Promise<T> {
    const previous = this.#lastTurns.get(host);
    const turn = (previous ?? Promise.resolve()).then(() => this.#locked(host, work));
    const ended = turn.catch(() => {});
    this.#lastTurns.set(host, ended);
    try {
      return await turn;
    } finally {
      if (this.#lastTurns.get(host) === ended) this.#lastTurns.delete(host);
    }
  }

  async #locked<T>(host: string, work: () => Promise<T>): Promise<T> {
    const lock = await this.#bus.tryLock(hostLock(host));
    if (lock === undefined) throw new PostponeError(`another scraper is at ${host}`);
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }
}
