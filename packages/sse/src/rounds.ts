/** Subscribers served in one turn of the event loop: heartbeats and health checks get their turn between two slices. */
export const SLICE = 500;
/** While every turn brings something new, a round waits for so long, in ms, to take it all along. */
const GATHER_MS = 2;

export interface RoundsOptions<T> {
  all: Iterable<T>;
  serve: (one: T) => void;
  /** Called before all are served with what's new. */
  onRound: () => void;
  /** Called when all have been. */
  onRoundEnd: () => void;
  /** Called at the end of each turn in which some were served; idle when there's no more to do. */
  onTurnEnd: (turn: { isIdle: boolean }) => void;
}

/**
 * When to serve whom: all in rounds when there's news, and some out of turn, a slice in each turn of
 * the event loop. A write costs the same whatever is in it, so that no round begins while more is
 * still coming in.
 */
export class Rounds<T> {
  readonly #options: RoundsOptions<T>;
  /** When the first news came that no round has taken along yet. */
  #newsSince: number | undefined;
  #hasNewsOfThisTurn = false;
  /** The rest of the round. */
  #round: Iterator<T> | undefined;
  #woken: T[] = [];
  #isScheduled = false;

  constructor(options: RoundsOptions<T>) {
    this.#options = options;
  }

  /** There's something new for all. */
  announce(): void {
    this.#newsSince ??= Date.now();
    this.#hasNewsOfThisTurn = true;
    this.#schedule();
  }

  /** Has one served out of turn: a new one, or one that can take more. */
  wake(one: T): void {
    this.#woken.push(one);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#takeTurn());
  }

  #takeTurn(): void {
    const { serve, onTurnEnd } = this.#options;
    this.#isScheduled = false;
    for (const one of this.#woken.splice(0, SLICE)) serve(one);
    this.#goOnWithRound();
    const isIdle =
      this.#newsSince === undefined && this.#round === undefined && this.#woken.length === 0;
    if (!isIdle) this.#schedule();
    onTurnEnd({ isIdle });
  }

  #goOnWithRound(): void {
    const { all, serve, onRound, onRoundEnd } = this.#options;
    if (this.#round === undefined && this.#isTimeForRound()) {
      this.#newsSince = undefined;
      this.#round = all[Symbol.iterator]();
      onRound();
    }
    for (let served = 0; served < SLICE && this.#round !== undefined; served += 1) {
      const { value, done } = this.#round.next();
      if (done !== true) {
        serve(value);
        continue;
      }
      this.#round = undefined;
      onRoundEnd();
    }
  }

  #isTimeForRound(): boolean {
    if (this.#newsSince === undefined) return false;
    const isQuiet = !this.#hasNewsOfThisTurn;
    this.#hasNewsOfThisTurn = false;
    return isQuiet || Date.now() - this.#newsSince >= GATHER_MS;
  }
}
