import { Comment, type Document, Element, type ParentNode, Text } from 'domhandler';
import { html as standard } from 'parse5';
import { adapter } from 'parse5-htmlparser2-tree-adapter';
import { decodeText } from './character-references.ts';
import { type PlainElement, plainElements } from './plain-elements.ts';
import { scanEndTag, scanStartTag } from './scan-tag.ts';

const PROLOGUE = /^[ \t\n\f]*<!doctype html>[ \t\n\f]*(?=<html[ \t\n\f>])/i;
const EPILOGUE = /<\/body>([ \t\n\f]*)<\/html>([ \t\n\f]*)$/iy;
const NOT_WHITE_SPACE = /[^ \t\n\f]/;
/** n.b. the other forms in which a comment ends. */
const ODD_COMMENT = /^-?>|--!>/;
/** Deeper pages aren't plain. */
const MAX_DEPTH = 200;
const SLASH = 0x2f;
const NOT_PLAIN = -1;

/**
 * Parses a page in which an HTML parser has nothing to repair: no tag is omitted, all tags are nested
 * properly, and all elements are `plainElements`. Returns the tree that parse5 would build, in a
 * fraction of the time; undefined for all other pages.
 */
export function parsePlainHtml(text: string): Document | undefined {
  if (text.includes('\0')) return undefined;
  const html = text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
  const [prologue] = PROLOGUE.exec(html) ?? [];
  if (prologue === undefined) return undefined;
  const document = adapter.createDocument();
  adapter.setDocumentType(document, 'html', '', '');
  const page = readPlainPage(html, document);
  for (let at = prologue.length; ;) {
    at = page.read(at);
    if (at === NOT_PLAIN) return undefined;
    if (at === html.length) return document;
  }
}

interface OpenElement {
  readonly rule: PlainElement;
  readonly node: ParentNode;
}

/** Reads the text at a position and the tag or comment after the text; returns the position after both, or `NOT_PLAIN`. */
function readPlainPage(html: string, document: Document): { read: (at: number) => number } {
  const open: OpenElement[] = [];
  let node: ParentNode = document;
  let rule: PlainElement | undefined;
  let hasHead = false;

  function read(at: number): number {
    const tag = html.indexOf('<', at);
    if (tag === -1 || !addText(html.slice(at, tag))) return NOT_PLAIN;
    if (html.charCodeAt(tag + 1) === SLASH) return readEndTag(tag);
    return html.startsWith('<!--', tag) ? readComment(tag) : readStartTag(tag);
  }

  function addText(text: string): boolean {
    if (text === '') return true;
    if (rule === undefined) return false;
    if (rule.holdsContent) append(node, new Text(decodeText(text)));
    else if (NOT_WHITE_SPACE.test(text)) return false;
    // n.b. white space before the head is not part of the document
    else if (rule.name !== 'html' || hasHead) append(node, new Text(text));
    return true;
  }

  function readComment(tag: number): number {
    const end = html.indexOf('-->', tag + 4);
    const comment = html.slice(tag + 4, end);
    if (end === -1 || rule === undefined || ODD_COMMENT.test(comment)) return NOT_PLAIN;
    append(node, new Comment(comment));
    return end + 3;
  }

  function readStartTag(tag: number): number {
    const scanned = scanStartTag(html, tag);
    const started = scanned && plainElements.get(scanned.name);
    if (scanned === undefined || started === undefined || !mayBeHere(started)) return NOT_PLAIN;
    const element = new Element(started.name, scanned.attributes);
    element.namespace = standard.NS.HTML;
    append(node, element);
    if (started.isVoid) return scanned.end;
    if (started.rawEnd !== undefined)
      return readRaw(element, { end: started.rawEnd, at: scanned.end });
    open.push({ rule: started, node: element });
    [rule, node] = [started, element];
    return scanned.end;
  }

  function mayBeHere(started: PlainElement): boolean {
    const parent = rule?.name ?? '#document';
    if (open.length > MAX_DEPTH) return false;
    if (started.name === 'head' || started.name === 'body') {
      const isInOrder = hasHead === (started.name === 'body');
      hasHead = true;
      return isInOrder && parent === 'html';
    }
    if (started.parents !== undefined) {
      if (!started.parents.includes(parent)) return false;
    } else if (started.isMetadata) {
      if (rule?.holdsMetadata !== true) return false;
    } else if (rule?.holdsContent !== true) return false;
    if (started.endsParagraph && isOpen('p')) return false;
    if (started.isHeading && rule?.isHeading === true) return false;
    return !(started.isNeverNested && isOpen(started.name));
  }

  function isOpen(name: string): boolean {
    for (const element of open) if (element.rule.name === name) return true;
    return false;
  }

  /** n.b. between "<!--" and "-->" a script may contain "</script>". */
  function readRaw(element: Element, { end, at }: { end: RegExp; at: number }): number {
    end.lastIndex = at;
    const found = end.exec(html)?.index;
    if (found === undefined) return NOT_PLAIN;
    const content = html.slice(at, found);
    if (element.name === 'script' && content.includes('<!--')) return NOT_PLAIN;
    const text = element.name === 'title' ? decodeText(content) : content;
    if (text !== '') append(element, new Text(text));
    return scanEndTag(html, { start: found, name: element.name });
  }

  function readEndTag(tag: number): number {
    if (rule === undefined || rule.name === 'html') return NOT_PLAIN;
    if (rule.name === 'body') return readEpilogue(tag);
    const end = scanEndTag(html, { start: tag, name: rule.name });
    open.pop();
    ({ rule, node } = open.at(-1) as OpenElement);
    return end;
  }

  /** n.b. white space after the body becomes part of the body. */
  function readEpilogue(tag: number): number {
    EPILOGUE.lastIndex = tag;
    const spaces = EPILOGUE.exec(html);
    if (spaces === null) return NOT_PLAIN;
    const text = spaces.slice(1).join('');
    if (text !== '') adapter.insertText(node, text);
    return html.length;
  }

  return { read };
}

function append(parent: ParentNode, child: Text | Comment | Element): void {
  adapter.appendChild(parent, child);
}
