import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { acceptsGzip, deflateBytes, GZIP_HEADER, storeBytes } from '../src/gzip.ts';

const finishFlush = constants.Z_SYNC_FLUSH;

it.for([
  ['gzip, deflate, br, zstd', true],
  ['br;q=1.0, GZIP;q=0.5', true],
  ['gzip;q=0', false],
  ['gzip; q=0.000', false],
  ['gzip;q=0.001', true],
  ['identity', false],
  ['x-gzip-like', false],
  ['*', false],
  ['', false],
  [undefined, false],
] as const)('reads in "%s" whether a browser accepts gzip', ([header, expected]) => {
  expect(acceptsGzip(header)).toBe(expected);
});

it('encodes stored and compressed blocks in any order as one gzip stream', () => {
  const piece = fc.record({
    text: fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.nat({ max: 200_000 }).map((length) => 'ab'.repeat(length)),
    ),
    form: fc.constantFrom('stored', 'alone', 'repeating'),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const blocks: Buffer[] = [];
      let decoded = Buffer.alloc(0);
      for (const { text, form } of pieces) {
        const bytes = Buffer.from(text);
        if (form === 'stored') blocks.push(storeBytes(bytes));
        else blocks.push(deflateBytes(bytes, form === 'alone' ? Buffer.alloc(0) : decoded));
        decoded = Buffer.concat([decoded, bytes]);
      }
      const stream = Buffer.concat([GZIP_HEADER, ...blocks]);
      expect(gunzipSync(stream, { finishFlush }).equals(decoded)).toBe(true);
    }),
  );
});

it('needs fewer bytes for what the dictionary contains', () => {
  const frame = Buffer.from('id: 1\ndata: an old saying that comes twice\n\n');
  const repeated = deflateBytes(frame, frame);
  expect(repeated.byteLength).toBeLessThan(deflateBytes(frame, Buffer.alloc(0)).byteLength / 2);
  const decoded = inflateRawSync(repeated, { finishFlush, dictionary: frame });
  expect(decoded.equals(frame)).toBe(true);
});
