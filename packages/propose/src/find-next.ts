import { nextUrlOf } from '@quotewire/extract/next-url';
import { compileSelector } from '@quotewire/sources';
import { type Document, type Element, isTag } from 'domhandler';
import { elementsBelow, hasWord, selectorsOf, textOf } from './element-names.ts';

const nextWords = new Set(['next', 'older']);
const WORDS =
  /^(?:next|older|more quotes|weiter|nächste|suivante?|siguiente|successiva|volgende|następna|dalej|→|»|›|>)/iu;

/** A selector of the link to the next page; undefined when there seems to be none. */
export function findNext(document: Document, { url }: { url: string }): string | undefined {
  const links = elementsBelow(document).filter(
    ({ name, attribs: { href } }) =>
      name === 'a' && nextUrlOf(href, { pageUrl: url }).nextUrl !== undefined,
  );
  const kinds: [(link: Element) => boolean, (link: Element) => string[]][] = [
    [(link) => hasWord(link, nextWords) || isInNext(link), selectorsOf],
    [({ attribs: { rel = '' } }) => /\bnext\b/.test(rel), () => ['a[rel~="next"]']],
    [(link) => WORDS.test(textOf(link)), (link) => [containing(textOf(link))]],
  ];
  for (const [test, selectors] of kinds) {
    for (const link of links.filter(test)) {
      const isFirst = (selector: string) => leadsTo(document, selector) === link.attribs.href;
      const found = selectors(link)
        .filter((selector) => nextish.test(selector))
        .find(isFirst);
      if (found !== undefined) return found;
    }
  }
  return headLinkOf(document);
}

/** A position alone doesn't identify the link to the next page: the links may change. */
const nextish = /next|older|:contains/i;

function isInNext({ parent }: Element): boolean {
  if (parent === null || !isTag(parent) || !hasWord(parent, nextWords)) return false;
  return elementsBelow(parent).filter(({ name }) => name === 'a').length === 1;
}

function containing(text: string): string {
  return `a:contains("${WORDS.exec(text)?.[0]}")`;
}

function leadsTo(document: Document, selector: string): string | undefined {
  return compileSelector(selector)(document, 1)[0]?.attribs.href;
}

function headLinkOf(document: Document): string | undefined {
  const selector = 'link[rel~="next"]';
  return leadsTo(document, selector) === undefined ? undefined : selector;
}
