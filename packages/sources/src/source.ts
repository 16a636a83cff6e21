import { type Static, Type } from 'typebox';
import { common } from './common-fields.ts';
import { fieldsOf, MarkupField, Path, PathField, Selector } from './field.ts';

/** Pages with numbers in their URLs. */
export const NumberedPages = Type.Object(
  {
    url: Type.String({
      pattern: '\\{page\\}',
      description: 'The address of a page, relative to the one in hand; {page} is its number.',
    }),
    while: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'There is a next page while this holds: a selector finds something, or a path something other than false, null, 0 and "". Default: while the page has items.',
      }),
    ),
    first: Type.Optional(
      Type.Integer({ minimum: 0, description: "The first page's number. Default: 1." }),
    ),
    step: Type.Optional(
      Type.Integer({ minimum: 1, description: 'From one number to the next. Default: 1.' }),
    ),
  },
  { additionalProperties: false },
);
export type NumberedPages = Static<typeof NumberedPages>;

const link = Type.Optional(
  Type.Union([Selector, NumberedPages], { description: 'The link to the next page.' }),
);
const script = {
  script: Type.Optional(
    Type.String({ minLength: 1, description: 'A CSS selector of the script. Default: script.' }),
  ),
  variable: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'What the JSON is assigned to, such as data or window.quotes. Default: the first JSON that has items.',
    }),
  ),
};
const items = Type.Optional(Path);
const strict = { additionalProperties: false };

/** The schema of a source of each kind. */
export const sourceSchemas = {
  html: Type.Object(
    {
      ...common,
      kind: Type.Optional(Type.Literal('html', { description: 'A page (the default).' })),
      item: Selector,
      fields: fieldsOf(MarkupField),
      next: link,
    },
    strict,
  ),
  feed: Type.Object(
    {
      ...common,
      kind: Type.Literal('feed', { description: 'RSS or Atom.' }),
      item: Type.Optional(
        Type.String({ minLength: 1, description: 'A CSS selector. Default: item, entry.' }),
      ),
      fields: Type.Optional(
        Type.Partial(fieldsOf(MarkupField), {
          additionalProperties: false,
          description:
            'Default: the text is the content, else the description, summary or title; the author is author > name, dc|creator or author; the tags are the categories; title, link, publishedAt and image are what RSS and Atom call title, link, pubDate or published, and enclosure or media.',
        }),
      ),
      next: link,
    },
    strict,
  ),
  json: Type.Object(
    {
      ...common,
      kind: Type.Literal('json', { description: 'An answer that is JSON.' }),
      item: items,
      fields: fieldsOf(PathField),
      next: Type.Optional(
        Type.Union([Path, NumberedPages], {
          description: 'Where the address of the next page is.',
        }),
      ),
    },
    strict,
  ),
  script: Type.Object(
    {
      ...common,
      kind: Type.Literal('script', { description: 'JSON in a script element of a page.' }),
      ...script,
      item: items,
      fields: fieldsOf(PathField),
      next: link,
    },
    strict,
  ),
};
export type SourceKind = keyof typeof sourceSchemas;

/** The definition of a site, and of the quotes on its pages. */
export type Source = { [Kind in SourceKind]: Static<(typeof sourceSchemas)[Kind]> }[SourceKind];

/** A source of one kind; html is the default kind. */
export type SourceOf<Kind extends SourceKind> = Static<(typeof sourceSchemas)[Kind]>;
