import { type TObject, type TSchema, Type } from 'typebox';
import { MarkupField, Path, PathField, Selector } from './field.ts';
import { NumberedPages, sourceSchemas } from './source.ts';

/** The shared definitions; each stands before those that it contains. */
const definitions: Record<string, TSchema> = {
  markupField: MarkupField,
  pathField: PathField,
  numberedPages: NumberedPages,
  selector: Selector,
  path: Path,
};

/** Creates the JSON Schema of the sources file, for editors. */
export function jsonSchemaOfSources(): object {
  const file = Type.Object(
    {
      $schema: Type.Optional(Type.String()),
      sources: Type.Array(Type.Union(Object.values(sourceSchemas).map(withoutDefaults))),
    },
    { additionalProperties: false },
  );
  const $defs = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, withReferences(schema, name)]),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The sources of Quotewire',
    ...withReferences(file),
    $defs,
  };
}

/** Makes fields with a default optional. */
function withoutDefaults<Schema extends TObject>(schema: Schema): Schema {
  const required = schema.required.filter(
    (name) => !('default' in (schema.properties[name] ?? {})),
  );
  return { ...schema, required };
}

function withReferences(schema: TSchema, own?: string): object {
  let text = JSON.stringify(schema);
  for (const [name, definition] of Object.entries(definitions)) {
    if (name === own) continue;
    const reference = JSON.stringify({ $ref: `#/$defs/${name}` });
    text = text.replaceAll(JSON.stringify(definition), () => reference);
  }
  return JSON.parse(text) as object;
}
