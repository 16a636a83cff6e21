import { type Static, Type } from 'typebox';

const Selector = Type.String({
  minLength: 1,
  description: 'A CSS selector; :scope is the item itself.',
});

const Field = Type.Union([
  Selector,
  Type.Object(
    {
      selector: Selector,
      attribute: Type.Optional(
        Type.String({ minLength: 1, description: 'Take this attribute. Default: the text.' }),
      ),
      exclude: Type.Optional(
        Type.String({ minLength: 1, description: 'Elements whose text does not belong to it.' }),
      ),
    },
    { additionalProperties: false },
  ),
]);
/** Where in an item a value is: a CSS selector, or one with how to read what it finds. */
export type Field = Static<typeof Field>;

/** A site, and where on its pages the quotes are. */
export const Source = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      description: 'Lower-case letters, digits and dashes.',
    }),
    enabled: Type.Boolean({ default: true }),
    url: Type.String({ pattern: '^https?://', description: 'The first page.' }),
    intervalSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 86_400, description: "Default: the timer's." }),
    ),
    item: Selector,
    fields: Type.Object(
      { text: Field, author: Type.Optional(Field), tags: Type.Optional(Field) },
      { additionalProperties: false },
    ),
    next: Type.Optional(Type.String({ minLength: 1, description: 'The link to the next page.' })),
    maxPages: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 20,
      description: 'Pages in one run.',
    }),
  },
  { additionalProperties: false },
);
export type Source = Static<typeof Source>;

/** The file: `{"sources": [...]}`. */
export const SourcesFile = Type.Object(
  { $schema: Type.Optional(Type.String()), sources: Type.Array(Source) },
  { additionalProperties: false },
);

/** Other people's sites aren't visited more often, in seconds. */
export const MIN_INTERVAL_SECONDS = 60;

/** How often a source is due: its own interval, else the timer's as far as its site should bear it; in seconds. */
export function intervalSecondsOf(source: Source, timerIntervalSeconds: number): number {
  return (
    source.intervalSeconds ??
    Math.max(timerIntervalSeconds, isOwnSite(source) ? 1 : MIN_INTERVAL_SECONDS)
  );
}

/** Whether a source's site runs on this machine. */
export function isOwnSite({ url }: { url: string }): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
