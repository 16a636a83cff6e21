/** Frames that go to sockets in one write. */
export interface Piece {
  /** The frames one after the other. */
  readonly frames: Buffer;
  /** The same bytes as one chunk of HTTP/1.1: framed once, however many sockets take it. */
  readonly chunk: Buffer;
}

const CRLF = '\r\n';

/** Joins frames to a piece. @see https://www.rfc-editor.org/rfc/rfc9112#section-7.1 */
export function joinFrames(frames: readonly Buffer[]): Piece {
  const bytes = frames.reduce((total, { byteLength }) => total + byteLength, 0);
  const head = bytes.toString(16) + CRLF;
  const chunk = Buffer.allocUnsafe(head.length + bytes + CRLF.length);
  let end = chunk.write(head, 'latin1');
  for (const frame of frames) end += frame.copy(chunk, end);
  chunk.write(CRLF, end, 'latin1');
  return { frames: chunk.subarray(head.length, end), chunk };
}
