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
        'Take all values, not only the first: those of one field are joined by a space, or by a line break where lines is set. Default: true for tags, else false.',
    }),
  ),
  pattern: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'A regular expression whose named groups (?<text>…), (?<author>…) and so on fill the fields of these names; tags are split at commas. A field that has a value of its own keeps it. A value that does not match is none.',
    }),
  ),
  lines: Type.Optional(
    Type.Boolean({
      description:
        'Keep line breaks: <br> and blocks become line breaks. For text alone. Default: false.',
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
        Type.String({
          minLength: 1,
          description:
            'Take this attribute. Default: href for link, src for image, datetime for publishedAt where the element has it; else the text, also of a link in a feed.',
        }),
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
/** Locates a value in an item of a page or feed: a CSS selector, or an object with options. */
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
/** Locates a value in an item of JSON: a path, or an object with options. */
export type PathField = Static<typeof PathField>;

/** Creates the schema of a quote's fields, each with the schema `field`. */
export function fieldsOf<Field extends typeof MarkupField | typeof PathField>(field: Field) {
  return Type.Object(
    {
      text: field,
      author: Type.Optional(field),
      tags: Type.Optional(field),
      title: Type.Optional(field),
      link: Type.Optional(field),
      publishedAt: Type.Optional(field),
      image: Type.Optional(field),
    },
    {
      additionalProperties: false,
      description:
        'The text of a quote, or the headline of an article, is needed. link and image are web addresses; publishedAt is a date as in RFC 3339 or RFC 822, or Unix time.',
    },
  );
}
