/** What became of the messages of a run, in the words of Jepsen's checker of queues. */
export interface Tally {
  /** Messages that someone tried to publish. */
  readonly attempt: number;
  /** Messages that the broker confirmed. */
  readonly acknowledged: number;
  /** Attempted messages that were received. */
  readonly ok: number;
  /** Acknowledged messages that were never received. */
  readonly lost: number;
  /** Messages that were received and that nobody attempted. */
  readonly unexpected: number;
  /** Messages that were received without having been acknowledged. */
  readonly recovered: number;
  /** Further receipts of a message. */
  readonly duplicated: number;
}

/** Compares the messages 0 to `attempt` - 1 with those that were received. */
export function tallyOf({
  attempt,
  acknowledged,
  received,
}: {
  attempt: number;
  acknowledged: readonly number[];
  received: readonly number[];
}): Tally {
  const distinct = new Set(received);
  const confirmed = new Set(acknowledged);
  const ok = [...distinct].filter((n) => n < attempt);
  return {
    attempt,
    acknowledged: confirmed.size,
    ok: ok.length,
    lost: [...confirmed].filter((n) => !distinct.has(n)).length,
    unexpected: distinct.size - ok.length,
    recovered: ok.filter((n) => !confirmed.has(n)).length,
    duplicated: received.length - distinct.size,
  };
}
