import { createEvent, encodeEvent } from '@quotewire/bus';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeIds, encodeIds, MAX_BATCH_IDS, quoteId, quotesPublished } from '../src/index.ts';

const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => quoteId({ text: `quote ${index}`, author: '' }));
const upTo = { offset: 1, fingerprint: '0123456789ab' };

it('decodes the ids of a batch in order', () => {
  const anyId = fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('base64url'));
  fc.assert(
    fc.property(fc.array(anyId, { maxLength: 50 }), (all) => {
      const bytes = decodeIds(encodeIds(all));
      const decoded = all.map((_, index) =>
        bytes.toString('base64url', index * 16, index * 16 + 16),
      );
      expect(decoded).toEqual(all);
      expect(bytes.byteLength).toBe(all.length * 16);
    }),
  );
});

it('fits the largest batch into an event', () => {
  const batch = { epoch: 'x'.repeat(40), ids: encodeIds(ids(MAX_BATCH_IDS)), upTo };
  const event = createEvent(quotesPublished, batch, { source: '/quotewire/scraper' });
  expect(encodeEvent(event).byteLength).toBeLessThan(64 * 1024);
});

it('refuses one id too many', () => {
  expect(() => encodeIds(ids(MAX_BATCH_IDS + 1))).toThrow(RangeError);
});

it('refuses an invalid id', () => {
  expect(() => encodeIds(['short'])).toThrow('"short" is not the id of a quote');
});

it('refuses a truncated batch', () => {
  const whole = Buffer.from(encodeIds(ids(2)), 'base64');
  expect(() => decodeIds(whole.subarray(0, 20).toString('base64'))).toThrow(RangeError);
});
