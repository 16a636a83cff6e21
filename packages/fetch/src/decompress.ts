import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import { FetchError } from './fetch-error.ts';

type Decode = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** n.b. some sites send these names with a body that isn't encoded. */
const IDENTITY = new Set(['', 'identity', 'none', 'utf-8', 'utf8', 'binary', '8bit']);
/** Bodies with more content codings are refused. */
const MAX_CODINGS = 3;

const decoders: Readonly<Record<string, Decode>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
  // n.b. some sites omit the two-byte zlib header that RFC 9110 requires
  deflate: (body, options) =>
    promisify(((body[0] ?? 0) & 0x0f) === 8 ? inflate : inflateRaw)(body, options),
};

/** Decodes a `content-encoding`. Rejects with a `FetchError` if the result exceeds `maxBytes`, and with zlib's error if the body is damaged. */
export async function decompress(
  body: Buffer,
  {
    url,
    encoding = 'identity',
    maxBytes,
  }: { url: string; encoding?: string | undefined; maxBytes: number },
): Promise<Buffer> {
  const codings = encoding
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => !IDENTITY.has(coding));
  const unknown = codings.find((coding) => decoders[coding] === undefined);
  if (unknown !== undefined || codings.length > MAX_CODINGS) {
    throw new FetchError(`${url} has an unsupported content-encoding, ${encoding}`);
  }
  let decoded = body;
  try {
    // n.b. the header lists the codings in the order in which the site applied them
    for (const coding of codings.toReversed()) {
      decoded = (await decoders[coding]?.(decoded, { maxOutputLength: maxBytes })) ?? decoded;
    }
    return decoded;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw cause;
    throw new FetchError(`${url} has more than ${maxBytes} bytes when decoded`, { cause });
  }
}
