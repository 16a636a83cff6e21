/** Subscribers served in one turn of the event loop: heartbeats and health checks run between slices. */
export const SLICE = 500;
/**
 * The maximum cost of a turn, separately for the round and for scheduled subscribers, so that neither
 * delays the other. A few milliseconds if a unit of cost is a comparison of two short texts.
 */
export const TURN_COST = 20_000;
/** The maximum delay of a round while every turn appends more entries, in ms. */
const COALESCE_MS = 2;

export interface FanOutSchedulerOptions<T> {
  all: Iterable<T>;
  /** Serves one subscriber, and returns the cost beyond the call itself. */
  serve: (one: T) => number;
  /** Called when a round begins. */
  onRound: () => void;
  /** Called when a round has served all subscribers. */
  onRoundEnd: () => void;
  /** Called at the end of each turn; idle if no work is left. */
  onTurnEnd: (turn: { isIdle: boolean }) => void;
}

/**
 * Schedules the writes to subscribers: all of them in rounds after new entries, single ones out of
 * turn, a slice in each turn of the event loop. A write costs much the same whatever its size, so a
 * round waits while more entries arrive.
 */
export class FanOutScheduler<T> {
  readonly #options: FanOutSchedulerOptions<T>;
  /** When the first entry arrived that no round has begun to send, by the monotonic clock. */
  #dirtySince: number | undefined;
  #isDirtyThisTurn = false;
  /** The subscribers that the current round has yet to serve. */
  #round: Iterator<T> | undefined;
  readonly #scheduled = new Set<T>();
  #isTurnRequested = false;

  constructor(options: FanOutSchedulerOptions<T>) {
    this.#options = options;
  }

  /** Requests a round: there are new entries. */
  markDirty(): void {
    this.#dirtySince ??= performance.now();
    this.#isDirtyThisTurn = true;
    this.#requestTurn();
  }

  /** Serves one subscriber in the next turn: a new subscriber, or one with more to read. */
  schedule(one: T): void {
    this.#scheduled.add(one);
    this.#requestTurn();
  }

  #requestTurn(): void {
    if (this.#isTurnRequested) return;
    this.#isTurnRequested = true;
    setImmediate(() => this.#takeTurn());
  }

  #takeTurn(): void {
    this.#isTurnRequested = false;
    this.#serveScheduled();
    this.#continueRound();
    const isIdle =
      this.#dirtySince === undefined && this.#round === undefined && this.#scheduled.size === 0;
    if (!isIdle) this.#requestTurn();
    this.#options.onTurnEnd({ isIdle });
  }

  #serveScheduled(): void {
    const scheduled = this.#scheduled.values();
    let cost = 0;
    // a subscriber that is scheduled while being served moves to the end, and waits for the next turn
    for (
      let left = Math.min(SLICE, this.#scheduled.size);
      left > 0 && cost < TURN_COST;
      left -= 1
    ) {
      const { value, done } = scheduled.next();
      if (done === true) return;
      this.#scheduled.delete(value);
      cost += this.#options.serve(value);
    }
  }

  #continueRound(): void {
    const { all, serve, onRound, onRoundEnd } = this.#options;
    if (this.#round === undefined && this.#isTimeForRound()) {
      this.#dirtySince = undefined;
      this.#round = all[Symbol.iterator]();
      onRound();
    }
    let cost = 0;
    for (let served = 0; served < SLICE && cost < TURN_COST; served += 1) {
      if (this.#round === undefined) return;
      const { value, done } = this.#round.next();
      if (done !== true) {
        cost += serve(value);
        continue;
      }
      this.#round = undefined;
      onRoundEnd();
    }
  }

  #isTimeForRound(): boolean {
    if (this.#dirtySince === undefined) return false;
    const isQuiet = !this.#isDirtyThisTurn;
    this.#isDirtyThisTurn = false;
    return isQuiet || performance.now() - this.#dirtySince >= COALESCE_MS;
  }
}
