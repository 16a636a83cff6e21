import { defaultTreeAdapter, parseFragment } from 'parse5';

const IN_TEXT = /&[#a-z\d]+;?/gi;
// n.b. in a value, a name before "=" is a URL's parameter: https://html.spec.whatwg.org/#named-character-reference-state
const IN_VALUE = /&[a-z\d]+=|&[#a-z\d]+;?/gi;

const MAX_KNOWN = 1_000;
const MAX_KNOWN_LENGTH = 32;

/** Decodes the character references in text. */
export function decodeText(text: string): string {
  return text.includes('&') ? text.replaceAll(IN_TEXT, textOf) : text;
}

/** Decodes the character references in an attribute's value. */
export function decodeValue(value: string): string {
  return value.includes('&') ? value.replaceAll(IN_VALUE, valueOf) : value;
}

const textOf = remembered((reference) => {
  const [node] = parseFragment(reference).childNodes;
  return node !== undefined && defaultTreeAdapter.isTextNode(node) ? node.value : '';
});

const valueOf = remembered((reference) => {
  if (reference.endsWith('=')) return reference;
  const [node] = parseFragment(`<p title="${reference}">`).childNodes;
  return node !== undefined && defaultTreeAdapter.isElementNode(node)
    ? (node.attrs[0]?.value ?? '')
    : '';
});

/** Caches decoded references: a page repeats few of them, and parsing each is slow. */
function remembered(decode: (reference: string) => string): (reference: string) => string {
  const known = new Map<string, string>();
  return (reference) => {
    const before = known.get(reference);
    if (before !== undefined) return before;
    const decoded = decode(reference);
    if (known.size < MAX_KNOWN && reference.length <= MAX_KNOWN_LENGTH)
      known.set(reference, decoded);
    return decoded;
  };
}
