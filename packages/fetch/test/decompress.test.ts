import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { decompress } from '../src/decompress.ts';

const body = Buffer.from('a page');
const read = async (bytes: Buffer, encoding: string | undefined) => {
  const decoded = await decompress(bytes, { url: 'http://a.example/', encoding, maxBytes: 100 });
  return decoded.toString();
};

it.for([undefined, '', 'identity', 'none', 'utf-8', 'UTF-8 ', 'binary'])(
  'returns a body with the content-encoding %j unchanged',
  async (encoding) => {
    expect(await read(body, encoding)).toBe('a page');
  },
);

it('decodes several encodings, the last first', async () => {
  expect(await read(brotliCompressSync(gzipSync(body)), 'gzip, br')).toBe('a page');
});

it.for(['compress', 'gzip, gzip, gzip, gzip'])('refuses a body encoded as %s', async (encoding) => {
  await expect(read(body, encoding)).rejects.toThrow(
    `http://a.example/ has an unsupported content-encoding, ${encoding}`,
  );
});
