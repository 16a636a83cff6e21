import { escapeHtml } from '@quotewire/service';

/** Markup, and not a text to escape. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

const EMPTY_ELEMENTS = new Set(['input', 'link', 'meta']);

/** Makes an element. Children that are strings are text, which is escaped. */
export function makeHtml(
  name: string,
  attributes: Readonly<Record<string, string | boolean | undefined>>,
  ...children: (Html | string | undefined)[]
): Html {
  const pairs = Object.entries(attributes).map(([key, value]) => {
    if (value === undefined || value === false) return '';
    return value === true ? ` ${key}` : ` ${key}="${escapeHtml(value)}"`;
  });
  const start = `<${name}${pairs.join('')}>`;
  if (EMPTY_ELEMENTS.has(name)) return new Html(start);
  const inner = children.map((child) =>
    child instanceof Html ? child.toString() : escapeHtml(child ?? ''),
  );
  return new Html(`${start}${inner.join('')}</${name}>`);
}

/** Puts markup, or texts, in the places `<!-- name -->` of a page. */
export function fillPage(page: string, parts: Readonly<Record<string, Html | string>>): string {
  return page.replaceAll(/<!-- (\w+) -->/g, (place, name: string) => {
    const part = parts[name];
    if (part === undefined) return place;
    return part instanceof Html ? part.toString() : escapeHtml(part);
  });
}

/** Joins markup. */
export function join(parts: readonly (Html | undefined)[]): Html {
  return new Html(parts.filter((part) => part !== undefined).join('\n'));
}
