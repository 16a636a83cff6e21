import type { MarkupField } from '@quotewire/sources';
import { compilePattern } from '@quotewire/sources/pattern';
import { compileSelector } from '@quotewire/sources/selector';
import { type Element, isTag } from 'domhandler';
import type { FieldReader, FieldReaders } from './read-item.ts';
import { collapse, textOfHtml, visibleText } from './visible-text.ts';

/** The readers of fields that selectors find. A list of fields is like a list of selectors: the first that finds a value wins. */
export function compileMarkupFields(
  fields: {
    readonly text: FieldOrList;
    readonly author?: FieldOrList;
    readonly tags?: FieldOrList;
  },
  { isXml }: { isXml: boolean },
): FieldReaders<Element> {
  return {
    text: compileField(fields.text, { isXml, takesAll: false }),
    ...(fields.author && { author: compileField(fields.author, { isXml, takesAll: false }) }),
    ...(fields.tags && { tags: compileField(fields.tags, { isXml, takesAll: true }) }),
  };
}

type FieldOrList = MarkupField | readonly MarkupField[];

function compileField(
  field: FieldOrList,
  { isXml, takesAll }: { isXml: boolean; takesAll: boolean },
): FieldReader<Element> {
  const all = (Array.isArray(field) ? field : [field]).map((one) =>
    typeof one === 'string' ? { selector: one } : one,
  ) as Exclude<MarkupField, string>[];
  const alternatives = all.flatMap(({ selector = [], attribute, exclude }) =>
    [selector].flat().map((text) => {
      const find = compileSelector(text, { isXml });
      const valueOf = compileValue({ attribute, exclude, isXml });
      return (item: Element, limit: number) => find(item, limit).map(valueOf).filter(Boolean);
    }),
  );
  const [{ all: all_ = takesAll, pattern, required = false, default: fallback } = {}] = all;
  return {
    valuesOf(item, limit) {
      for (const find of alternatives) {
        const values = find(item, limit);
        if (values.length > 0) return values;
      }
      return [];
    },
    takesAll: all_,
    pattern: pattern === undefined ? undefined : compilePattern(pattern),
    isRequired: required,
    default: fallback,
  };
}

function compileValue({
  attribute,
  exclude,
  isXml,
}: {
  attribute: string | undefined;
  exclude: string | undefined;
  isXml: boolean;
}): (element: Element) => string {
  if (attribute !== undefined) return ({ attribs }) => collapse(attribs[attribute] ?? '');
  const findExcluded = exclude === undefined ? undefined : compileSelector(exclude, { isXml });
  return (element) => {
    const text = visibleText(
      element,
      findExcluded === undefined ? {} : { excluded: new Set(findExcluded(element)) },
    );
    // n.b. in a feed HTML is text, unless it's XHTML
    return isXml && !element.children.some(isTag) ? textOfHtml(text) : text;
  };
}
