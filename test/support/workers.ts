import type { ListeningProcess } from './start-process.ts';

/** The process ids of the workers that listen, the last one of each number. */
export function workersOf({ output }: ListeningProcess): number[] {
  const lines = [...output.matchAll(/"pid":(\d+).*"worker":(\d+).*"listening at /g)];
  return [...new Map(lines.map(([, pid, worker]) => [worker, Number(pid)])).values()];
}
