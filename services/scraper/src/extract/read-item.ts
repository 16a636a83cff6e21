import { FIELD_NAMES, type FieldName } from '@quotewire/sources/pattern';
import { collapse } from './visible-text.ts';

/** How one field of an item is read; what the source says, compiled. */
export interface FieldReader<Item> {
  /** At most `limit` values, as text. */
  readonly valuesOf: (item: Item, limit: number) => readonly string[];
  readonly takesAll: boolean;
  readonly pattern: RegExp | undefined;
  readonly isRequired: boolean;
  readonly default: string | undefined;
}
export type FieldReaders<Item> = { readonly [Name in FieldName]?: FieldReader<Item> };

/** What a page says of one quote. */
export interface ScrapedItem {
  readonly text: string;
  /** Empty when there's none. */
  readonly author: string;
  readonly tags: readonly string[];
  /** A field that the source requires and the item lacks. */
  readonly missing: FieldName | undefined;
}

type Values = Record<FieldName, string[]>;

/** Reads an item's fields: a field's own value, else what a pattern of another found, else the default. */
export function readItem<Item>(item: Item, readers: FieldReaders<Item>): ScrapedItem {
  const own: Values = { text: [], author: [], tags: [] };
  const found: Values = { text: [], author: [], tags: [] };
  for (const name of FIELD_NAMES) {
    const reader = readers[name];
    if (reader === undefined) continue;
    const values = reader.valuesOf(item, reader.takesAll ? Infinity : 1);
    const wholes = name === 'tags' ? values : [values.join(' ')];
    if (reader.pattern === undefined) own[name].push(...wholes);
    else
      for (const whole of wholes) matchInto(whole, { name, pattern: reader.pattern, own, found });
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
  const isThere = { text: text !== '', author: author !== '', tags: tags.length > 0 };
  const missing = FIELD_NAMES.find((name) => readers[name]?.isRequired && !isThere[name]);
  return { text, author, tags, missing };
}

function matchInto(
  value: string,
  {
    name: ownName,
    pattern,
    own,
    found,
  }: { name: FieldName; pattern: RegExp; own: Values; found: Values },
): void {
  const groups = pattern.exec(value)?.groups;
  if (groups === undefined) return;
  if (!(ownName in groups)) own[ownName].push(value);
  for (const name of FIELD_NAMES)
    (name === ownName ? own : found)[name].push(...splitFor(name, groups[name]));
}

function splitFor(name: FieldName, value: string | undefined): string[] {
  if (value === undefined) return [];
  return name === 'tags' ? value.split(',').map(collapse) : [collapse(value)];
}
