import { constants, deflateRawSync } from 'node:zlib';

/**
 * The first bytes of a gzip stream. The stream never ends, so that it has no checksum.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1952#section-2.3
 */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** The maximum distance of a repetition, in bytes. */
export const WINDOW_BYTES = 32 * 1024;

const MAX_STORED_BYTES = 65_535;
const STORED_HEAD_BYTES = 5;

/**
 * Wraps bytes in stored blocks, which may follow any other block.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4
 */
export function storeBytes(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; at += MAX_STORED_BYTES) {
    const block = bytes.subarray(at, at + MAX_STORED_BYTES);
    const head = Buffer.alloc(STORED_HEAD_BYTES);
    head.writeUInt16LE(block.byteLength, 1);
    head.writeUInt16LE(block.byteLength ^ 0xffff, 3);
    blocks.push(head, block);
  }
  return Buffer.concat(blocks);
}

/**
 * Compresses bytes to blocks that end at a byte, for decoders whose last output ends with
 * `dictionary`: any decoder if it's empty. Keeps no state.
 */
export function deflateBytes(bytes: Buffer, dictionary: Buffer): Buffer {
  const finishFlush = constants.Z_SYNC_FLUSH;
  // replays have no dictionary and are rarely shared: level 1 takes half the time for 7 % more bytes
  if (dictionary.byteLength === 0) return deflateRawSync(bytes, { finishFlush, level: 1 });
  return deflateRawSync(bytes, { finishFlush, dictionary });
}

/** Whether an `Accept-Encoding` header names gzip. @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some((one) => {
    const [coding = '', ...parameters] = one.toLowerCase().split(';');
    const isRefused = parameters.some((parameter) => /^\s*q\s*=\s*0(?:\.0*)?\s*$/.test(parameter));
    return coding.trim() === 'gzip' && !isRefused;
  });
}
