import type { Fleet } from './fleet.ts';
import type { FaultyBroker } from '../support/faulty-broker.ts';

const STALL_MS = 10_000;
const INTERVAL_MS = 1_000;
const LINES = 15;

/** Reports the states of the queues and processes once for each stall. */
export function watchForStalls({
  broker,
  fleet,
  lastAtMs,
  onStall,
}: {
  broker: FaultyBroker;
  fleet: Fleet;
  /** Returns when the last tick was; undefined while none is expected. */
  lastAtMs: () => number | undefined;
  onStall: (evidence: string) => void;
}): { close(): void } {
  let reportedAtMs: number | undefined;

  async function check(): Promise<void> {
    const atMs = lastAtMs();
    if (atMs === undefined || Date.now() - atMs < STALL_MS || reportedAtMs === atMs) return;
    reportedAtMs = atMs;
    const columns = ['name', 'messages_ready', 'messages_unacknowledged', 'consumers'];
    const queues = await broker.ctl('list_queues', ...columns).catch(String);
    const states = fleet.running().map(async ({ name, process }) => {
      const answer = await fetch(`${process.url}/readyz`).then(
        (response) => response.text(),
        String,
      );
      const lines = process.output.trimEnd().split('\n').slice(-LINES);
      return `${name}: ${answer}\n${lines.join('\n')}`;
    });
    const title = `nothing has happened since ${new Date(atMs).toISOString()}`;
    onStall([title, queues, ...(await Promise.all(states))].join('\n\n'));
  }

  const timer = setInterval(() => void check().catch(() => {}), INTERVAL_MS);
  return { close: () => clearInterval(timer) };
}
