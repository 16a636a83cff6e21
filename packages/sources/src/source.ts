import { type Static, Type } from 'typebox';
import { fieldsOf, MarkupField, Path, PathField, Selector } from './field.ts';

const common = {
  name: Type.String({
    pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
    description: 'Lower-case letters, digits and dashes.',
  }),
  enabled: Type.Boolean({ default: true }),
  url: Type.String({
    pattern: '^(https?://|\\{SAMPLE_SITE_URL\\})',
    description: 'The first page; {SAMPLE_SITE_URL} is where the sample site is.',
  }),
  intervalSeconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 86_400, description: "Default: the timer's." }),
  ),
  jitter: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 0.5,
      description:
        'By how much of its interval a run may be late, so that not all run at once. Default: 0.1.',
    }),
  ),
  mode: Type.Optional(
    Type.Union([Type.Literal('new'), Type.Literal('random')], {
      description:
        'What a run publishes: all that is new (new, the default), or one quote that has not been published (random).',
    }),
  ),
  maxPages: Type.Integer({
    minimum: 1,
    maximum: 1_000,
    default: 20,
    description: 'Pages in one run.',
  }),
  maxItems: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description: 'Items read from one page. Default: 1000.',
    }),
  ),
  politeness: Type.Optional(
    Type.Object(
      {
        obeyRobots: Type.Optional(
          Type.Boolean({ description: "Obey the site's robots.txt. Default: true." }),
        ),
        minDelaySeconds: Type.Optional(
          Type.Number({
            minimum: 0,
            maximum: 3_600,
            description: 'Between two requests to the site. Default: 1; 0 on this machine.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
  ),
  expect: Type.Optional(
    Type.Object(
      {
        minItems: Type.Optional(
          Type.Integer({ minimum: 0, description: 'Quotes on the first page.' }),
        ),
        minAuthorShare: Type.Optional(
          Type.Number({ minimum: 0, maximum: 1, description: 'Share of quotes with an author.' }),
        ),
      },
      {
        additionalProperties: false,
        description: 'Less than this means that the site has changed.',
      },
    ),
  ),
  allowPrivate: Type.Optional(
    Type.Boolean({
      description: 'The site may be on this machine or in a private network. Default: false.',
    }),
  ),
};

/** Pages that are numbered in their addresses. */
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
      item: Type.Optional(Selector),
      fields: Type.Optional(fieldsOf(MarkupField)),
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

/** A site, and where on its pages the quotes are. */
export type Source = { [Kind in SourceKind]: Static<(typeof sourceSchemas)[Kind]> }[SourceKind];

/** The source of one kind; a source that doesn't say its kind is a page. */
export type SourceOf<Kind extends SourceKind> = Static<(typeof sourceSchemas)[Kind]>;
