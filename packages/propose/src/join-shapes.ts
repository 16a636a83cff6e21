import type { MarkupField, SourceOf } from '@quotewire/sources';
import { ancestorsOf, isWithin } from './element-names.ts';
import type { Items } from './find-items.ts';

type HtmlEntry = Pick<SourceOf<'html'>, 'item' | 'fields'>;

/** One way in which quotes are written on a page. */
export interface Shape {
  readonly entry: HtmlEntry;
  readonly items: Items;
  /** Whether its quotes have authors. */
  readonly isSigned: boolean;
  readonly score: number;
}

/** What an entry finds on the page, a line each. */
export type Read = (entry: HtmlEntry) => readonly string[];

/** Shapes with a lower share of the best score are probably no quotes. */
const MIN_SHARE = 0.5;

/** Joins shapes, best first, into an entry that finds all their quotes. Omits those that can't be joined. */
export function joinShapes(shapes: readonly Shape[], read: Read): HtmlEntry {
  const [best] = shapes as [Shape, ...Shape[]];
  let joined = best.entry;
  const taken = [best];
  for (const shape of shapes.slice(1)) {
    if (shape.score < best.score * MIN_SHARE) continue;
    if (shape.isSigned !== best.isSigned || taken.some((one) => overlaps(one, shape))) continue;
    const wanted = [...read(joined), ...read(shape.entry)].sort().join('\n');
    const fits = joinsOf(joined, shape.entry).find(
      (entry) => [...read(entry)].sort().join('\n') === wanted,
    );
    if (fits === undefined) continue;
    joined = fits;
    taken.push(shape);
  }
  return joined;
}

function overlaps({ items: { items: some } }: Shape, { items: { items: others } }: Shape): boolean {
  const texts = new Set(some.map(({ text }) => text));
  const elements = new Set(some.map(({ element }) => element));
  return others.some(
    ({ text, element }) =>
      texts.has(text) ||
      elements.has(element) ||
      ancestorsOf(text).some((one) => texts.has(one)) ||
      some.some((one) => isWithin(one.text, element)),
  );
}

/** `:scope` always matches, so it has to be last. */
function joinsOf(a: HtmlEntry, b: HtmlEntry): HtmlEntry[] {
  const item = unique([a.item, b.item]).join(', ');
  const texts = fieldsJoined(a.fields.text, b.fields.text);
  const authors = optional(a.fields.author, b.fields.author);
  const tags = optional(a.fields.tags, b.fields.tags)[0];
  return texts.flatMap((text) =>
    authors.map((author) => ({
      item,
      fields: {
        text,
        ...(author === undefined ? {} : { author }),
        ...(tags === undefined ? {} : { tags }),
      },
    })),
  );
}

function optional(a: MarkupField | undefined, b: MarkupField | undefined) {
  if (a === undefined || b === undefined) return [a ?? b];
  return fieldsJoined(a, b);
}

function fieldsJoined(a: MarkupField, b: MarkupField): MarkupField[] {
  const [one, other] = [a, b].map((field) =>
    typeof field === 'string' ? { selector: field } : field,
  ) as [Exclude<MarkupField, string>, Exclude<MarkupField, string>];
  const selectors = unique([one, other].flatMap(({ selector = [] }) => selector));
  const last = selectors.filter((selector) => selector === ':scope');
  const ordered = [...selectors.filter((selector) => selector !== ':scope'), ...last];
  const [first = ':scope'] = ordered;
  const exclude = unique([one, other].flatMap((field) => field.exclude?.split(', ') ?? []));
  const patterns = unique([one, other].map(({ pattern }) => pattern));
  const options = [...patterns, ...patterns.map(optionalByline)].filter(
    (pattern, index, all) => all.indexOf(pattern) === index,
  );
  return options.map((pattern) => {
    const field = {
      selector: ordered.length > 1 ? ordered : first,
      ...(exclude.length > 0 && { exclude: exclude.join(', ') }),
      ...(pattern !== undefined && { pattern }),
      ...((one.lines ?? other.lines) && { lines: true }),
    };
    return Object.keys(field).length === 1 && ordered.length === 1 ? first : field;
  });
}

/** The pattern of a text and a name, for texts without one too. */
function optionalByline(pattern: string | undefined): string | undefined {
  if (pattern?.includes('(?<author>') !== true) return pattern;
  return String.raw`^(?<text>.+?)(?:\s*(?:—|―|–|~|--+|\s-)\s*(?<author>[^—―–~]{2,120}?)\s*~?)?$`;
}

function unique<T>(all: readonly T[]): T[] {
  return [...new Set(all)];
}
