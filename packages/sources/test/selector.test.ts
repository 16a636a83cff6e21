import { Document, Element, isTag } from 'domhandler';
import { expect, it } from 'vitest';
import { compileSelector } from '../src/selector.ts';

/** `a(b c(d))` as elements, each named by its letters. */
function tree(outline: string): Document {
  const document = new Document([]);
  let parent: Document | Element = document;
  for (const [token] of outline.matchAll(/[a-z:]+|[()]/g)) {
    if (token === '(') parent = parent.children.findLast(isTag) ?? parent;
    else if (token === ')') parent = (parent.parent as Element | null) ?? document;
    else append(parent, new Element(token, {}));
  }
  return document;
}

function append(parent: Document | Element, child: Element): void {
  child.prev = parent.children.at(-1) ?? null;
  if (child.prev !== null) child.prev.next = child;
  child.parent = parent as Element;
  parent.children.push(child);
}

const page = tree('html(a(b c(b) d) e(b) e)');
const namesOf = (elements: readonly Element[]) => elements.map(({ name }) => name).join(' ');
const [a] = compileSelector('a')(page);
if (a === undefined) throw new Error('no <a>');

it.for([
  ['finds what is below the element only', 'b', 'b b'],
  ['knows the element itself', ':scope', 'a'],
  ['finds children', '> b', 'b'],
  ['finds children of the element by its name', ':scope > c > b', 'b'],
  ['finds siblings and what is in them', '~ e, + e > b', 'e b e'],
  ['takes no combination that begins outside the element', 'html b', ''],
  ['finds in the order of the document', 'd, c, b', 'b c b d'],
])('%s', ([, selector = '', names]) => {
  expect(namesOf(compileSelector(selector)(a))).toBe(names);
});

it('stops at its limit', () => {
  expect(namesOf(compileSelector('b')(a, 1))).toBe('b');
});

it('finds elements below several nodes with one selector', () => {
  const find = compileSelector(':scope > b');
  const [first, second] = compileSelector('e')(page);
  expect([a, first, second, a].map((element) => element && find(element).length)).toEqual([
    1, 1, 0, 1,
  ]);
});

it('finds combinators in a whole document', () => {
  expect(namesOf(compileSelector('html > a > c b')(page))).toBe('b');
});

it('finds names with a prefix in XML', () => {
  const feed = tree('item(dc:creator)');
  expect(namesOf(compileSelector('item > dc|creator', { isXml: true })(feed))).toBe('dc:creator');
});

it.for([
  ['p[', 'Expected name'],
  ['p:nth-child(', 'Parenthesis not matched'],
  ['p::before', 'Pseudo-elements are not supported'],
  [':nope', 'Unknown pseudo-class :nope'],
  ['dc|creator', 'Namespaced tag names are not yet supported'],
])('refuses %s', ([text = '', message]) => {
  expect(() => compileSelector(text)).toThrow(message);
});
