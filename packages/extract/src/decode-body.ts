import { isUtf8 } from 'node:buffer';
import { ResultType, Sniffer } from 'encoding-sniffer/sniffer';

/** A page's text and charset. */
export interface DecodedBody {
  readonly text: string;
  /** The WHATWG name of the charset, such as `windows-1252`. */
  readonly charset: string;
  /** The bytes don't match the declared charset: words may be garbled. */
  readonly isCharsetSuspect: boolean;
}

/** How many bytes a browser scans for a charset declaration. */
const PRESCAN_BYTES = 1024;

const byteOrderMarks = [
  { charset: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { charset: 'utf-16be', bytes: [0xfe, 0xff] },
  { charset: 'utf-16le', bytes: [0xff, 0xfe] },
];

/**
 * Decodes a page by, in this order: its byte order mark, the Content-Type header, the `<meta>` or XML
 * declaration in its first 1024 bytes, UTF-8 if the bytes are valid UTF-8, windows-1252.
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
  const declared = [header, declarationIn(body)].filter((label) => label !== undefined);
  const known = declared.map(charsetOf).find((charset) => charset !== undefined);
  const isUtf8Bytes = isUtf8(body);
  const { text, charset, isCharsetSuspect } = decoded(
    body,
    known ?? (isUtf8Bytes ? 'utf-8' : 'windows-1252'),
  );
  // text in a one-byte charset is hardly ever valid UTF-8 by chance
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
  // a page may contain U+FFFD itself, so UTF-8 is checked by its bytes
  const isCharsetSuspect = charset === 'utf-8' ? !isUtf8(body) : text.includes('\uFFFD');
  return { text, charset, isCharsetSuspect };
}

/** The charset that the page declares, by the HTML standard's prescan; undefined if none, or unknown. */
function declarationIn(body: Uint8Array): string | undefined {
  const sniffer = new Sniffer({ maxBytes: PRESCAN_BYTES });
  sniffer.write(body.subarray(0, PRESCAN_BYTES));
  return sniffer.resultType === ResultType.DEFAULT ? undefined : sniffer.encoding;
}

function charsetOf(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
