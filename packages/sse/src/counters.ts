/** The counters of the package, with the names and labels that a metrics library registers. */
export const sseCounters = {
  sse_connections_total: { help: 'Streams opened.', labels: [] },
  sse_disconnects_total: {
    help: 'Streams ended, by reason: client, slow, stalled, or drain.',
    labels: ['reason'],
    zeros: reasons('client', 'slow', 'stalled', 'drain'),
  },
  sse_turned_away_total: {
    help: 'Streams refused with 200 and a retry time, by reason.',
    labels: ['reason'],
    zeros: reasons('full', 'address', 'filters', 'filling', 'drain'),
  },
  sse_bytes_sent_total: { help: 'Bytes handed to sockets.', labels: [] },
  sse_gaps_total: {
    help: 'Gap frames sent, by reason.',
    labels: ['reason'],
    zeros: reasons('expired', 'other-log', 'unknown', 'malformed'),
  },
} as const satisfies Record<
  string,
  { help: string; labels: readonly string[]; zeros?: readonly { readonly reason: string }[] }
>;

function reasons(...all: string[]): { reason: string }[] {
  return all.map((reason) => ({ reason }));
}

/** Increments a counter, by 1 unless `by` is given. */
export type SseCount = (
  counter: keyof typeof sseCounters,
  labels: Record<string, string>,
  by?: number,
) => void;
