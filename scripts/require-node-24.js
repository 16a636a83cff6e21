// Plain JavaScript, because it has to run on the old Node that it reports.
import { existsSync } from 'node:fs';

const major = Number(process.versions.node.split('.')[0]);

if (!existsSync(new URL('../node_modules/@quotewire', import.meta.url))) {
  console.error('The dependencies of Quotewire are not installed. Run: npm ci');
  process.exit(1);
}
if (major < 24) {
  console.error(
    `Quotewire needs Node 24 or newer, and this is Node ${process.versions.node}.\n` +
      'The project brings its own as the npm package "node", but its install script did not run.\n' +
      'Run: npm rebuild node',
  );
  process.exit(1);
}
