import type { MarkupField } from '@quotewire/sources';
import { compilePattern, FIELD_NAMES, type FieldName } from '@quotewire/sources/pattern';
import { compileSelector } from '@quotewire/sources/selector';
import { type Element, isTag } from 'domhandler';
import type { FieldReader, FieldReaders } from './read-item.ts';
import { collapse, collapseLines, textBelow, textOfHtml, visibleText } from './visible-text.ts';

/** Compiles the fields that selectors find. In a list of fields, the first with a value wins. */
export function compileMarkupFields(
  fields: Readonly<Partial<Record<FieldName, FieldOrList>>>,
  { isXml }: { isXml: boolean },
): FieldReaders<Element> {
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name) => {
      const field = fields[name];
      return field === undefined ? [] : [[name, compileField(field, { name, isXml })]];
    }),
  );
}

/** The attributes that contain a field's value, unless the source sets `attribute`. */
const usualAttributes: { readonly [Name in FieldName]?: readonly string[] } = {
  link: ['href'],
  image: ['src', 'url', 'href'],
  publishedAt: ['datetime'],
};

/** @see https://www.rfc-editor.org/rfc/rfc4287#section-3.1.1 */
const PLAIN = new Set(['text', 'text/plain']);

type FieldOrList = MarkupField | readonly MarkupField[];

function compileField(
  field: FieldOrList,
  { name, isXml }: { name: FieldName; isXml: boolean },
): FieldReader<Element> {
  const all = (Array.isArray(field) ? field : [field]).map((one) =>
    typeof one === 'string' ? { selector: one } : one,
  ) as Exclude<MarkupField, string>[];
  const alternatives = all.flatMap(
    ({ selector = [], attribute, exclude, lines: hasLines = false }) =>
      [selector].flat().map((text) => {
        const find = compileSelector(text, { isXml });
        const valueOf = compileValue({ name, attribute, exclude, isXml, hasLines });
        return (item: Element, limit: number) => find(item, limit).map(valueOf).filter(Boolean);
      }),
  );
  const [settings = {}] = all;
  const { pattern, required = false, default: fallback } = settings;
  return {
    valuesOf(item, limit) {
      for (const find of alternatives) {
        const values = find(item, limit);
        if (values.length > 0) return values;
      }
      return [];
    },
    takesAll: settings.all ?? name === 'tags',
    hasLines: settings.lines ?? false,
    pattern: pattern === undefined ? undefined : compilePattern(pattern),
    isRequired: required,
    default: fallback,
  };
}

function compileValue({
  name,
  attribute,
  exclude,
  isXml,
  hasLines,
}: {
  name: FieldName;
  attribute: string | undefined;
  exclude: string | undefined;
  isXml: boolean;
  hasLines: boolean;
}): (element: Element) => string {
  const plain = hasLines ? collapseLines : collapse;
  if (attribute !== undefined) return (element) => plain(attributeOf(element, attribute) ?? '');
  const findExcluded = exclude === undefined ? undefined : compileSelector(exclude, { isXml });
  const attributes = usualAttributes[name] ?? [];
  // the text of a link is a URL only in feeds
  const isNeverText = !isXml && (name === 'link' || name === 'image');
  return (element) => {
    const usual = attributes.find((one) => element.attribs[one]);
    if (usual !== undefined) return plain(element.attribs[usual] ?? '');
    if (isNeverText) return '';
    // n.b. a feed escapes HTML as text, except XHTML and Atom's type "text"
    const isHtml = isXml && !element.children.some(isTag) && !PLAIN.has(element.attribs.type ?? '');
    if (isHtml) return textOfHtml(textBelow(element), { hasLines });
    const excluded = findExcluded && new Set(findExcluded(element));
    return visibleText(element, { hasLines, ...(excluded && { excluded }) });
  };
}

/** The value of an element's own attribute: objects inherit properties such as `constructor`. */
function attributeOf({ attribs }: Element, name: string): string | undefined {
  return Object.hasOwn(attribs, name) ? attribs[name] : undefined;
}
