import { type Static, Type } from 'typebox';

export const Selector = Type.String({
  minLength: 1,
  description:
    'A CSS selector; :scope is the item itself, and in feeds dc|creator is the element dc:creator.',
});

export const Path = Type.String({
  pattern: '^(\\.|[^.]+(\\.[^.]+)*)$',
  description:
    'Names joined by dots, such as author.name; a number is an index, * is each; . is the value itself.',
});

const common = {
  all: Type.Optional(
    Type.Boolean({
      description:
        'Take all values, not only the first: those of text and author are joined by a space. Default: true for tags, false for text and author.',
    }),
  ),
  pattern: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'A regular expression whose named groups (?<text>…), (?<author>…) and (?<tags>…) fill these fields; tags are split at commas. A field that has a value of its own keeps it. A value that does not match is none.',
    }),
  ),
  required: Type.Optional(
    Type.Boolean({
      description: 'Drop items that have no value. Default: false; an item always needs a text.',
    }),
  ),
  default: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'The value of items that have none; tags are split at commas.',
    }),
  ),
};

export const MarkupField = Type.Union([
  Selector,
  Type.Object(
    {
      selector: Type.Optional(
        Type.Union([Selector, Type.Array(Selector, { minItems: 1 })], {
          description: 'One, or a list of which the first that finds a value wins.',
        }),
      ),
      attribute: Type.Optional(
        Type.String({ minLength: 1, description: 'Take this attribute. Default: the text.' }),
      ),
      exclude: Type.Optional(
        Type.String({
          minLength: 1,
          description: 'A CSS selector of elements whose text does not belong to it.',
        }),
      ),
      ...common,
    },
    { additionalProperties: false },
  ),
]);
/** Where in an item of a page or feed a value is: a CSS selector, or one with how to read what it finds. */
export type MarkupField = Static<typeof MarkupField>;

export const PathField = Type.Union([
  Path,
  Type.Object(
    {
      path: Type.Optional(
        Type.Union([Path, Type.Array(Path, { minItems: 1 })], {
          description: 'One, or a list of which the first that finds a value wins.',
        }),
      ),
      html: Type.Optional(
        Type.Boolean({ description: 'The value is HTML: take its text. Default: false.' }),
      ),
      ...common,
    },
    { additionalProperties: false },
  ),
]);
/** Where in an item of JSON a value is: a path, or one with how to read what it finds. */
export type PathField = Static<typeof PathField>;

/** The three fields of a quote, each of this shape. */
export function fieldsOf<Field extends typeof MarkupField | typeof PathField>(field: Field) {
  return Type.Object(
    { text: field, author: Type.Optional(field), tags: Type.Optional(field) },
    { additionalProperties: false },
  );
}
