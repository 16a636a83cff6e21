import { visibleText } from '@quotewire/extract/visible-text';
import { type Element, isTag } from 'domhandler';

/** Names that need no escape in a selector. */
const IDENTIFIER = /^-?[A-Za-z_][\w-]*$/;
/** Names that a machine made: they change with each build, or from item to item. */
const MADE_UP = /\d{3}|__[A-Za-z0-9]{4,}$|^(?:css|sc|jsx?)-/;

/** Selectors that an element meets, the most telling first: its classes, its properties, its parent's. */
export function selectorsOf(element: Element): string[] {
  const { name, attribs, parent } = element;
  const own = classesOf(element).map((one) => `${name}.${one}`);
  const property = propertyOf(attribs.itemprop);
  if (property !== undefined) own.push(`${name}[itemprop="${property}"]`);
  const above = parent !== null && isTag(parent) ? parent : undefined;
  const byParent = above === undefined ? [] : placesOf(above).map((place) => `${place} > ${name}`);
  return [...own, ...byParent, name];
}

/** Returns the selectors of a container: by its classes, its id, its tag name. */
export function placesOf(element: Element): string[] {
  const { id } = element.attribs;
  const isNamed = id !== undefined && IDENTIFIER.test(id) && !/\d/.test(id);
  return [
    ...classesOf(element).map((one) => `${element.name}.${one}`),
    ...(isNamed ? [`#${id}`] : []),
    element.name,
  ];
}

function classesOf({ attribs }: Element): string[] {
  const classes = (attribs.class ?? '').split(/\s+/);
  return classes.filter((one) => IDENTIFIER.test(one) && !MADE_UP.test(one));
}

function propertyOf(itemprop: string | undefined): string | undefined {
  return itemprop !== undefined && IDENTIFIER.test(itemprop) ? itemprop : undefined;
}

/** The words in an element's classes, id, properties and relations: `authorOrTitle` is author, or, title. */
export function wordsOf({ attribs }: Element): ReadonlySet<string> {
  const names = [attribs.class, attribs.id, attribs.itemprop, attribs.rel].join(' ');
  const apart = names.replaceAll(/(\p{Ll})(?=\p{Lu})/gu, '$1 ').toLowerCase();
  return new Set(apart.match(/\p{L}+/gu));
}

/** Whether one of the element's words is one of these. */
export function hasWord(element: Element, words: ReadonlySet<string>): boolean {
  return !wordsOf(element).isDisjointFrom(words);
}

/** All elements below a node that aren't hidden in scripts and the like, in document order. */
export function elementsBelow(root: { readonly children: Element['children'] }): Element[] {
  return root.children.flatMap((node) =>
    isTag(node) && !silent.has(node.name) ? [node, ...elementsBelow(node)] : [],
  );
}

/** Elements whose content is invisible. */
export const silent: ReadonlySet<string> = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'head',
  'svg',
  'iframe',
]);

/** The elements above one, the nearest first. */
export function* ancestorsOf({ parent }: Element): Generator<Element> {
  for (let at = parent; at !== null && isTag(at); at = at.parent) yield at;
}

/** Whether `element` is `above` or below it. */
export function isWithin(element: Element, above: Element): boolean {
  return element === above || ancestorsOf(element).some((one) => one === above);
}

const texts = new WeakMap<Element, string>();

/** An element's visible text, looked for once. */
export function textOf(element: Element): string {
  let text = texts.get(element);
  if (text === undefined) texts.set(element, (text = visibleText(element)));
  return text;
}

/** Elements by the selectors that they meet. */
export function groupBySelector(elements: readonly Element[]): Map<string, Element[]> {
  const groups = new Map<string, Element[]>();
  for (const element of elements) {
    for (const selector of new Set(selectorsOf(element))) {
      const group = groups.get(selector);
      if (group === undefined) groups.set(selector, [element]);
      else group.push(element);
    }
  }
  return groups;
}
