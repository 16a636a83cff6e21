import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemaOfSources } from './json-schema.ts';

const path = join(import.meta.dirname, '../../../sources.schema.json');
writeFileSync(path, `${JSON.stringify(jsonSchemaOfSources(), undefined, 2)}\n`);
