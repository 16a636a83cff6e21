// Writes the JSON Schema of the file of sources, for editors: npm run schema
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemaOfSources } from '@quotewire/sources/json-schema';
import { readCommandLine } from '@quotewire/terminal';

readCommandLine(
  {
    command: 'npm run schema --',
    summary: 'Writes the JSON Schema of the file of sources, sources.schema.json.',
    options: {},
    examples: ['npm run schema'],
  },
  () => {},
);

const path = join(import.meta.dirname, '../sources.schema.json');
writeFileSync(path, `${JSON.stringify(jsonSchemaOfSources(), undefined, 2)}\n`);
execFileSync('oxfmt', [path], { stdio: 'inherit' });
