import { isUtf8 } from 'node:buffer';

/** A page's text, and how sure its charset is. */
export interface DecodedBody {
  readonly text: string;
  /** The WHATWG name that it was decoded by, such as `windows-1252`. */
  readonly charset: string;
  /** The bytes don't fit the charset that the page or its server declares: words may be garbled. */
  readonly isCharsetSuspect: boolean;
}

/** How far into a page a browser looks for its charset, in bytes. */
const PRESCAN_BYTES = 1024;

const byteOrderMarks = [
  { charset: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { charset: 'utf-16be', bytes: [0xfe, 0xff] },
  { charset: 'utf-16le', bytes: [0xff, 0xfe] },
];

/**
 * Decodes a page by, in this order: its byte order mark, the Content-Type header, what it says of
 * itself in its first 1024 bytes (`<meta>` or XML declaration), UTF-8 if it's valid, windows-1252.
 * Source: https://html.spec.whatwg.org/#determining-the-character-encoding, which has no UTF-8 step.
 */
export function decodeBody({
  body,
  contentType,
}: {
  body: Uint8Array;
  contentType: string;
}): DecodedBody {
  const mark = byteOrderMarks.find(({ bytes }) => bytes.every((byte, i) => body[i] === byte));
  if (mark !== undefined) return decoded(body, mark.charset);
  const header = /charset\s*=\s*["']?([^\s;"']+)/i.exec(contentType)?.[1];
  const declared = [header, charsetWithin(body)].filter((label) => label !== undefined);
  const known = declared.map(charsetOf).find((charset) => charset !== undefined);
  const isUtf8Bytes = isUtf8(body);
  const { text, charset, isCharsetSuspect } = decoded(
    body,
    known ?? (isUtf8Bytes ? 'utf-8' : 'windows-1252'),
  );
  // n.b. text in a one-byte charset is hardly ever valid UTF-8 by chance
  const isUtf8InDisguise =
    isUtf8Bytes && charset.startsWith('windows-') && /[\x80-\xff]/.test(text);
  const isUnknown = known === undefined && declared.length > 0;
  return {
    text,
    charset,
    isCharsetSuspect: isCharsetSuspect || isUtf8InDisguise || isUnknown,
  };
}

function decoded(body: Uint8Array, charset: string): DecodedBody {
  const text = new TextDecoder(charset).decode(body);
  return { text, charset, isCharsetSuspect: text.includes('\uFFFD') };
}

function charsetWithin(body: Uint8Array): string | undefined {
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, PRESCAN_BYTES))
    .toString('latin1')
    .replaceAll(/<!--.*?-->/gs, '');
  const declaration = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)["']/i.exec(start)?.[1];
  const meta = /<meta\s[^>]*?charset\s*=\s*["']?\s*([^\s"'/>;]+)/i.exec(start)?.[1];
  const label = declaration ?? meta;
  // n.b. a page whose declaration can be read byte by byte isn't UTF-16, whatever it says
  return label !== undefined && /^utf-?16/i.test(label) ? 'utf-8' : label;
}

function charsetOf(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
