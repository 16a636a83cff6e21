import { createParser } from 'eventsource-parser';

/** An event as a browser receives it. */
export interface DecodedEvent {
  readonly id: string | undefined;
  readonly data: string;
}

/** Decodes the events in the bytes of a response, its head included. */
export function decodeEvents(received: Buffer): DecodedEvent[] {
  const events: DecodedEvent[] = [];
  const parser = createParser({ onEvent: ({ id, data }) => events.push({ id, data }) });
  parser.feed(bodyOf(received).toString());
  return events;
}

/** The body of a response with status 200, so far as it has arrived, without its chunked framing. */
export function bodyOf(received: Buffer): Buffer {
  const headEnd = received.indexOf('\r\n\r\n');
  const head = received.toString('latin1', 0, headEnd);
  if (!head.startsWith('HTTP/1.1 200')) {
    throw new Error(`a subscriber was answered "${head.split('\r\n', 1)[0]}"`);
  }
  const body = received.subarray(headEnd + 4);
  return /^transfer-encoding: chunked/im.test(head) ? joinChunks(body) : body;
}

/** @see https://www.rfc-editor.org/rfc/rfc9112.html#name-chunked-transfer-coding */
function joinChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.byteLength;) {
    const lineEnd = body.indexOf('\r\n', at);
    const byteCount = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + byteCount));
    at = lineEnd + 2 + byteCount + 2;
  }
  return Buffer.concat(chunks);
}
