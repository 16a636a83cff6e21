import { FIELD_NAMES, type FieldName } from '@quotewire/sources/pattern';
import { checkValue, type OptionalField, OPTIONAL_FIELDS } from './optional-fields.ts';
import { collapse, collapseLines } from './visible-text.ts';

/** Reads one field of an item; compiled from the source. */
export interface FieldReader<Item> {
  /** At most `limit` values, as text. */
  readonly valuesOf: (item: Item, limit: number) => readonly string[];
  readonly takesAll: boolean;
  /** Whether values keep their line breaks. */
  readonly hasLines: boolean;
  readonly pattern: RegExp | undefined;
  readonly isRequired: boolean;
  readonly default: string | undefined;
}
export type FieldReaders<Item> = { readonly [Name in FieldName]?: FieldReader<Item> };

/** An invalid value of an optional field. */
export interface IgnoredValue {
  readonly field: OptionalField;
  readonly value: string;
  readonly reason: string;
}

/** The fields of one item. */
export interface ScrapedItem {
  readonly text: string;
  /** Empty if the item has no author. */
  readonly author: string;
  readonly tags: readonly string[];
  /** The valid optional fields. */
  readonly optional: { readonly [Name in OptionalField]?: string };
  /** A required field without a value. */
  readonly missing: FieldName | undefined;
  /** The invalid values of optional fields. */
  readonly ignored: readonly IgnoredValue[];
}

type Values = Record<FieldName, string[]>;

/** Reads an item's fields: a field's own value, else the named group of another field's pattern, else the default. */
export function readItem<Item>(
  item: Item,
  { readers, baseUrl }: { readers: FieldReaders<Item>; baseUrl: string },
): ScrapedItem {
  const own = noValues();
  const found = noValues();
  for (const name of FIELD_NAMES) {
    const reader = readers[name];
    if (reader === undefined) continue;
    const values = reader.valuesOf(item, reader.takesAll ? Infinity : 1);
    const wholes = name === 'tags' ? values : [values.join(reader.hasLines ? '\n' : ' ')];
    if (reader.pattern === undefined) own[name].push(...wholes);
    else for (const whole of wholes) matchInto(whole, { name, reader, own, found });
  }
  const valuesOf = (name: FieldName): string[] => {
    const candidates = [own[name], found[name], splitFor(name, readers[name]?.default)];
    return (
      candidates.map((values) => values.filter(Boolean)).find(({ length }) => length > 0) ?? []
    );
  };
  const [text = ''] = valuesOf('text');
  const [author = ''] = valuesOf('author');
  const tags = valuesOf('tags');
  const optional: { [Name in OptionalField]?: string } = {};
  const ignored: IgnoredValue[] = [];
  for (const field of OPTIONAL_FIELDS) {
    const [value] = valuesOf(field);
    if (value === undefined) continue;
    const checked = checkValue(value, { field, baseUrl });
    if ('reason' in checked) ignored.push({ field, value, reason: checked.reason });
    else optional[field] = checked.value;
  }
  const there = { text, author, ...optional, tags: tags.length > 0 };
  const missing = FIELD_NAMES.find((name) => readers[name]?.isRequired && !there[name]);
  // a title equal to the text isn't published twice
  if (optional.title === text) delete optional.title;
  return { text, author, tags, optional, missing, ignored };
}

function noValues(): Values {
  return { text: [], author: [], tags: [], title: [], link: [], publishedAt: [], image: [] };
}

function matchInto<Item>(
  value: string,
  {
    name: ownName,
    reader: { pattern, hasLines },
    own,
    found,
  }: { name: FieldName; reader: FieldReader<Item>; own: Values; found: Values },
): void {
  const groups = pattern?.exec(value)?.groups;
  if (groups === undefined) return;
  if (!(ownName in groups)) own[ownName].push(value);
  for (const name of FIELD_NAMES) {
    const values = splitFor(name, groups[name], { hasLines: hasLines && name === ownName });
    (name === ownName ? own : found)[name].push(...values);
  }
}

function splitFor(
  name: FieldName,
  value: string | undefined,
  { hasLines = false }: { hasLines?: boolean } = {},
): string[] {
  if (value === undefined) return [];
  if (name === 'tags') return value.split(',').map(collapse);
  return [hasLines ? collapseLines(value) : collapse(value)];
}
