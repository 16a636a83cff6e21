// Loaded into each process of a soak by --import: on SIGWINCH it writes what the process holds to a file.
import { renameSync, writeFileSync } from 'node:fs';
import { queryObjects } from 'node:v8';

const { SOAK_PROBE_FILE: path } = process.env;

// n.b. one of the few signals that neither Node nor close-with-grace has a meaning for
if (path !== undefined) process.on('SIGWINCH', () => write(path));

function write(path: string): void {
  // n.b. each count collects all garbage first
  const held = {
    promises: queryObjects(Promise, { format: 'count' }),
    // each listener is one
    functions: queryObjects(Function, { format: 'count' }),
    resources: process.getActiveResourcesInfo().length,
    heapBytes: process.memoryUsage().heapUsed,
  };
  // n.b. whoever reads finds all of it or nothing
  writeFileSync(`${path}.new`, JSON.stringify(held));
  renameSync(`${path}.new`, path);
}
