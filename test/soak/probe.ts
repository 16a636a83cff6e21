// Loaded into each process of a soak by --import: on SIGWINCH it writes the resource usage to a file.
import { renameSync, writeFileSync } from 'node:fs';
import { queryObjects } from 'node:v8';

const { SOAK_PROBE_FILE: path } = process.env;

// one of the few signals that neither Node nor close-with-grace handles
if (path !== undefined) process.on('SIGWINCH', () => write(path));

function write(path: string): void {
  // queryObjects collects all garbage first
  const held = {
    promises: queryObjects(Promise, { format: 'count' }),
    // listeners included
    functions: queryObjects(Function, { format: 'count' }),
    resources: process.getActiveResourcesInfo().length,
    heapBytes: process.memoryUsage().heapUsed,
  };
  // renamed, so that a reader never sees half of the file
  writeFileSync(`${path}.new`, JSON.stringify(held));
  renameSync(`${path}.new`, path);
}
