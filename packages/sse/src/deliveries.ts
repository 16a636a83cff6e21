/** The histogram of the times that `Hub` measures, for a metrics library. */
export const deliverySeconds = {
  help: 'Time from the publication of an event until it was written to the sockets of all subscribers that had room, by the clocks of both processes.',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
} as const;

/** Measures how long after their publication entries have been written in a round to all subscribers. */
export class Deliveries {
  readonly #onDelivered: (seconds: number) => void;
  /** The publication times of entries that no round has begun to send. */
  #waiting: number[] = [];
  #inRound: number[] = [];

  constructor(onDelivered: (seconds: number) => void) {
    this.#onDelivered = onDelivered;
  }

  add(publishedAtMs: number): void {
    this.#waiting.push(publishedAtMs);
  }

  /** A round begins: it sends all entries so far. */
  begin(): void {
    this.#inRound = this.#waiting;
    this.#waiting = [];
  }

  end({ isSent }: { isSent: boolean }): void {
    const nowMs = Date.now();
    // the publisher's clock may be ahead
    if (isSent) for (const ms of this.#inRound) this.#onDelivered(Math.max(0, nowMs - ms) / 1_000);
    this.#inRound = [];
  }
}
