import { decodeValue } from './character-references.ts';

/** A start tag as written. */
export interface ScannedTag {
  /** In lower case. */
  readonly name: string;
  /** The first value of each attribute, in order. */
  readonly attributes: Record<string, string>;
  /** The position after its `>`. */
  readonly end: number;
}

/** Tags with more attributes aren't plain. */
const MAX_ATTRIBUTES = 100;

/** Scans the start tag whose `<` is at `start`; undefined if a parser would have to repair the tag. */
export function scanStartTag(html: string, start: number): ScannedTag | undefined {
  let at = endOfName(html, start + 1);
  const name = html.slice(start + 1, at).toLowerCase();
  const attributes: Record<string, string> = {};
  for (let count = 0; count <= MAX_ATTRIBUTES; count += 1) {
    const from = at;
    // n.b. HTML ignores a slash, except in an unquoted value
    while (isSpace(html.charCodeAt(at)) || html.charCodeAt(at) === SLASH) at += 1;
    if (html.charCodeAt(at) === GREATER) return { name, attributes, end: at + 1 };
    if (from === at) return undefined;
    const nameEnd = endOfName(html, at);
    if (nameEnd === at) return undefined;
    const attribute = html.slice(at, nameEnd).toLowerCase();
    if (attribute === '__proto__') return undefined;
    at = skipSpace(html, nameEnd);
    let value = '';
    if (html.charCodeAt(at) === EQUALS) {
      at = skipSpace(html, at + 1);
      const quote = html.charCodeAt(at);
      const isQuoted = quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE;
      const valueStart = isQuoted ? at + 1 : at;
      const valueEnd = isQuoted
        ? html.indexOf(quote === DOUBLE_QUOTE ? '"' : "'", valueStart)
        : endOfUnquoted(html, at);
      if (valueEnd === -1 || (!isQuoted && valueEnd === at)) return undefined;
      value = decodeValue(html.slice(valueStart, valueEnd));
      at = isQuoted ? valueEnd + 1 : valueEnd;
    } else if (at > nameEnd) at = nameEnd;
    if (!Object.hasOwn(attributes, attribute)) attributes[attribute] = value;
  }
  return undefined;
}

/** The position after the end tag of `name` at `start`; -1 if there is another tag. */
export function scanEndTag(html: string, { start, name }: { start: number; name: string }): number {
  const nameEnd = start + 2 + name.length;
  const at = skipSpace(html, nameEnd);
  const isIt =
    html.charCodeAt(at) === GREATER &&
    (html.startsWith(name, start + 2) || html.slice(start + 2, nameEnd).toLowerCase() === name);
  return isIt ? at + 1 : -1;
}

const [SLASH, GREATER, EQUALS, DOUBLE_QUOTE, SINGLE_QUOTE] = [0x2f, 0x3e, 0x3d, 0x22, 0x27];

/** n.b. HTML allows almost any character in a name; names with other characters than these aren't plain. */
function endOfName(html: string, start: number): number {
  let at = start;
  while (isNameCharacter(html.charCodeAt(at))) at += 1;
  return at;
}

/** Letters, digits, `-`, `.`, `:` and `_` of ASCII. */
function isNameCharacter(code: number): boolean {
  const letter = code | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (code >= 0x2d && code <= 0x3a && code !== SLASH) ||
    code === 0x5f
  );
}

/** The end of an unquoted value; `start` if the value has invalid characters. */
function endOfUnquoted(html: string, start: number): number {
  for (let at = start; at < html.length; at += 1) {
    const code = html.charCodeAt(at);
    if (isSpace(code) || code === GREATER) return at;
    // n.b. "<", "=", '"', "'" and "`" are parse errors
    if (code === 0x3c || code === EQUALS || code === DOUBLE_QUOTE) return start;
    if (code === SINGLE_QUOTE || code === 0x60) return start;
  }
  return start;
}

function skipSpace(html: string, start: number): number {
  let at = start;
  while (isSpace(html.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0c;
}
