import { storeBytes } from './gzip.ts';

/** One block of `text/event-stream`; each field is optional. */
export interface Frame {
  /** For people and tools that read the raw stream; browsers ignore it. */
  comment?: string | undefined;
  /** A browser sends it back as `Last-Event-ID`; an empty id resets that. */
  id?: string | undefined;
  /** Without a name browsers call `onmessage`. */
  event?: string | undefined;
  /** Without data browsers store `id` and `retry`, and dispatch no event. */
  data?: string | undefined;
  /** The delay before browsers reconnect, in ms. */
  retry?: number | undefined;
}

/** Bytes that are written to sockets at once: frames, or a compressed form of them. */
export class FrameBatch {
  readonly frames: Buffer;
  /** The same bytes as one HTTP/1.1 chunk, encoded once for all sockets. */
  readonly chunk: Buffer;
  #stored: FrameBatch | undefined;

  constructor(chunk: Buffer, { from, to }: { from: number; to: number }) {
    this.chunk = chunk;
    this.frames = chunk.subarray(from, to);
  }

  /** The same frames for a gzip stream, uncompressed. */
  get stored(): FrameBatch {
    this.#stored ??= batchFrames([storeBytes(this.frames)]);
    return this.#stored;
  }
}

const CRLF = '\r\n';
const DATA = '\ndata: ';
const LINE_ENDS = /\r\n|\r|\n/;
// oxlint-disable-next-line eslint/no-control-regex -- the specification forbids NUL
const FORBIDDEN_IN_FIELD = /[\r\n\0]/;

/**
 * Formats a frame. Data of several lines arrives unchanged, except that all line ends become LF.
 * Throws a `TypeError` for an id or event that contains a line end or NUL, and for a retry that
 * browsers would ignore.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function formatFrame({ comment, id, event, data, retry }: Frame): string {
  let text = '';
  if (comment !== undefined) text += formatComment(comment);
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0)
      throw new TypeError(`retry is ${retry}, not whole milliseconds`);
    text += `retry: ${retry}\n`;
  }
  if (id !== undefined) text += `id: ${oneLine('id', id)}\n`;
  if (event !== undefined) text += `event: ${oneLine('event', event)}\n`;
  if (data !== undefined) {
    text += linesOf(data, 'data: ');
  }
  return `${text}\n`;
}

/** Formats the lines of a comment, which may stand before a frame. */
export function formatComment(comment: string): string {
  return linesOf(comment, ': ');
}

/** Formats a frame as UTF-8. Throws as `formatFrame` does. */
export function encodeFrame(frame: Frame): Buffer {
  return Buffer.from(formatFrame(frame));
}

/** Joins frames for one write. @see https://www.rfc-editor.org/rfc/rfc9112#section-7.1 */
export function batchFrames(frames: readonly Buffer[]): FrameBatch {
  const bytes = frames.reduce((total, { byteLength }) => total + byteLength, 0);
  const head = bytes.toString(16) + CRLF;
  const chunk = Buffer.allocUnsafe(head.length + bytes + CRLF.length);
  let end = chunk.write(head, 'latin1');
  for (const frame of frames) end += frame.copy(chunk, end);
  chunk.write(CRLF, end, 'latin1');
  return new FrameBatch(chunk, { from: head.length, to: end });
}

/** Reads the data back from an encoded frame that has an id or event, and data without line ends. */
export function readData(frame: Buffer): string {
  const start = frame.indexOf(DATA) + DATA.length;
  return frame.toString('utf8', start, frame.byteLength - 2);
}

/** Puts a prefix before each line of a text. Avoids a copy for a text of one line, the usual case. */
function linesOf(text: string, prefix: string): string {
  if (!LINE_ENDS.test(text)) return `${prefix}${text}\n`;
  return text
    .split(LINE_ENDS)
    .map((line) => `${prefix}${line}\n`)
    .join('');
}

function oneLine(field: string, value: string): string {
  if (FORBIDDEN_IN_FIELD.test(value)) {
    throw new TypeError(
      `the ${field} of a frame must not contain CR, LF or NUL: ${JSON.stringify(value)}`,
    );
  }
  return value;
}
