import { Parser } from 'htmlparser2';
import { ExtractError } from './extract-error.ts';

/** An HTML5 parser takes time quadratic in both. */
const MAX_DEPTH = 1_000;
const MAX_ATTRIBUTES = 1_000;

/** n.b. htmlparser2 treats these as void, while HTML parsers nest them. */
const NOT_VOID = new Set(['command', 'isindex']);

/** Shorter tags aren't checked. */
const LONG_TAG_CHARACTERS = 8_192;

const SLASH = 0x2f;

/** Throws an `ExtractError` for markup so deep, or with so many attributes, that parsing takes many seconds; `what` names the markup. */
export function checkMarkup(html: string, what: string): void {
  if (!mayBeTooMuch(html)) return;
  let depth = 0;
  let attributes = 0;
  const problems: string[] = [];
  const parser = new Parser({
    onopentagname() {
      attributes = 0;
      depth += 1;
      if (depth > MAX_DEPTH) problems.push(`nests elements more than ${MAX_DEPTH} deep`);
    },
    onattribute() {
      attributes += 1;
      if (attributes > MAX_ATTRIBUTES)
        problems.push(`has a tag of more than ${MAX_ATTRIBUTES} attributes`);
    },
    onclosetag(name, isImplied) {
      if (!(isImplied && NOT_VOID.has(name))) depth -= 1;
    },
  });
  for (let start = 0; start < html.length && problems.length === 0; start += LONG_TAG_CHARACTERS)
    parser.write(html.slice(start, start + LONG_TAG_CHARACTERS));
  const [problem] = problems;
  if (problem === undefined) return;
  throw new ExtractError(`${what} ${problem}: check the source's url, or disable the source`, {
    code: 'too-deep',
  });
}

/** Scans only for tags, in microseconds. No false negatives. */
function mayBeTooMuch(html: string): boolean {
  let opened = 0;
  let previous = 0;
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at + 1)) {
    if (at - previous > LONG_TAG_CHARACTERS) return true;
    previous = at;
    if (html.charCodeAt(at + 1) !== SLASH) opened += 1;
    if (opened > MAX_DEPTH) return true;
  }
  return html.length - previous > LONG_TAG_CHARACTERS;
}
