/** One block of `text/event-stream`; each field is optional. */
export interface Frame {
  /** For people and tools that read the raw stream; browsers skip it. */
  comment?: string | undefined;
  /** What a browser sends back as `Last-Event-ID`; empty resets it. */
  id?: string | undefined;
  /** Without it browsers call `onmessage`. */
  event?: string | undefined;
  /** Without it browsers take over `id` and `retry`, and dispatch nothing. */
  data?: string | undefined;
  /** How long browsers wait before they reconnect, in ms. */
  retry?: number | undefined;
}

const DATA = '\ndata: ';
const LINE_ENDS = /\r\n|\r|\n/;
// oxlint-disable-next-line eslint/no-control-regex -- NUL is what the specification forbids
const FORBIDDEN_IN_FIELD = /[\r\n\0]/;

/**
 * The bytes of a frame. Data of several lines arrives as it was, but for its line ends, which all
 * become LF. Throws a `TypeError` for an id or event that would break out of its line, and for a
 * retry that browsers would ignore.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function encodeFrame({ comment, id, event, data, retry }: Frame): Buffer {
  let text = '';
  if (comment !== undefined) {
    for (const line of comment.split(LINE_ENDS)) text += `: ${line}\n`;
  }
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0)
      throw new TypeError(`retry is ${retry}, not whole milliseconds`);
    text += `retry: ${retry}\n`;
  }
  if (id !== undefined) text += `id: ${oneLine('id', id)}\n`;
  if (event !== undefined) text += `event: ${oneLine('event', event)}\n`;
  if (data !== undefined) {
    for (const line of data.split(LINE_ENDS)) text += `data: ${line}\n`;
  }
  return Buffer.from(`${text}\n`);
}

/** The data of a frame that `encodeFrame` made of an id or event, and data without line ends. */
export function readData(frame: Buffer): string {
  const start = frame.indexOf(DATA) + DATA.length;
  return frame.toString('utf8', start, frame.byteLength - 2);
}

function oneLine(field: string, value: string): string {
  if (FORBIDDEN_IN_FIELD.test(value)) {
    throw new TypeError(
      `the ${field} of a frame must not contain CR, LF or NUL: ${JSON.stringify(value)}`,
    );
  }
  return value;
}
