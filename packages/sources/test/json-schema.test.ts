import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { jsonSchemaOfSources } from '../src/json-schema.ts';

const read = (file: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../..', file), 'utf8')) as object;

it('is what `npm run schema` writes for editors', () => {
  expect(jsonSchemaOfSources()).toEqual(read('sources.schema.json'));
});

it("accepts the project's own file, and no selectors in JSON", () => {
  const schema = jsonSchemaOfSources();
  const file = read('sources.json') as { sources: object[] };
  expect([...Value.Errors(schema, file)]).toEqual([]);
  Object.assign(file.sources[0] ?? {}, { kind: 'json', fields: { text: { selector: 'p' } } });
  expect(Value.Check(schema, file)).toBe(false);
});
