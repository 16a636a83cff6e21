import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import { FetchError } from './fetch-error.ts';

type Decode = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const decoders: Readonly<Record<string, Decode>> = {
  identity: async (body) => body,
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
  // n.b. some sites leave out the two bytes that RFC 9110 wants before it
  deflate: (body, options) =>
    promisify(((body[0] ?? 0) & 0x0f) === 8 ? inflate : inflateRaw)(body, options),
};

/** Undoes a `content-encoding`; rejects with a `FetchError` when the result has more than `maxBytes`, and with zlib's error when the body is damaged. */
export async function decompress(
  body: Buffer,
  {
    url,
    encoding = 'identity',
    maxBytes,
  }: { url: string; encoding?: string | undefined; maxBytes: number },
): Promise<Buffer> {
  const decode = decoders[encoding.trim().toLowerCase()];
  if (decode === undefined) {
    throw new FetchError(`${url} is encoded as ${encoding}, which nobody here reads`);
  }
  try {
    return await decode(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw cause;
    throw new FetchError(`${url} has more than ${maxBytes} bytes when decoded`, { cause });
  }
}
