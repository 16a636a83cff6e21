import { defineEvent } from '@quotewire/bus';
import { type Static, Type } from 'typebox';

/** The most ids in one batch: 53,336 characters, well below the 64 KiB of an event. */
export const MAX_BATCH_IDS = 2_500;

const ID_BYTES = 16;
const MAX_BATCH_CHARACTERS = Math.ceil((MAX_BATCH_IDS * ID_BYTES) / 3) * 4;

/** Records the ids of quotes in `quotes.log`, which outlive the retention of that log. */
export const quotesPublished = defineEvent({
  exchange: 'quotes',
  routingKey: 'quotes.published',
  data: Type.Object({
    epoch: Type.String({
      minLength: 1,
      maxLength: 40,
      description:
        'The same in all batches about one log. A new epoch means that the log was replaced and earlier batches are void.',
    }),
    ids: Type.String({
      maxLength: MAX_BATCH_CHARACTERS,
      description: 'Base64 of the concatenated ids, 16 bytes each.',
    }),
    upTo: Type.Object(
      {
        offset: Type.Integer({ minimum: 0 }),
        fingerprint: Type.String({ pattern: '^[0-9a-f]{12}$' }),
      },
      {
        description:
          'The entry of quotes.log up to which this batch and the earlier ones have all quotes.',
      },
    ),
  }),
});

/** One batch of ids. */
export type PublishedBatch = Static<typeof quotesPublished.data>;

/** Encodes ids for a batch; throws a `RangeError` for too many ids or an invalid one. */
export function encodeIds(ids: Iterable<string>): string {
  const all = [...ids];
  if (all.length > MAX_BATCH_IDS) {
    throw new RangeError(`${all.length} ids, but a batch has at most ${MAX_BATCH_IDS}`);
  }
  const bytes = Buffer.alloc(all.length * ID_BYTES);
  for (const [index, id] of all.entries()) {
    // n.b. Buffer.write skips invalid base64url without an error
    if (bytes.write(id, index * ID_BYTES, ID_BYTES, 'base64url') !== ID_BYTES) {
      throw new RangeError(`"${id}" is not the id of a quote`);
    }
  }
  return bytes.toString('base64');
}

/** Decodes the ids of a batch, 16 bytes each; throws a `RangeError` when the last one is cut. */
export function decodeIds(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.byteLength % ID_BYTES !== 0) {
    throw new RangeError(`${bytes.byteLength} bytes of ids, not a multiple of ${ID_BYTES}`);
  }
  return bytes;
}
