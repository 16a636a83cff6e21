import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { continueTrace } from '../src/traceparent.ts';

const VALID = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'.split('')),
    minLength: length,
    maxLength: length,
  });

it('continues a trace under a new parent id, with its flags', () => {
  const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const child = continueTrace(parent);
  expect(child).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
  expect(child).not.toBe(parent);
});

it('begins a new trace without a parent', () => {
  expect(continueTrace(undefined)).toMatch(VALID);
  expect(continueTrace(undefined)).not.toBe(continueTrace(undefined));
});

it('begins a new trace when the ids are all zeros', () => {
  const zeros = '0'.repeat(32);
  expect(continueTrace(`00-${zeros}-00f067aa0ba902b7-01`)).toMatch(VALID);
});

it('is valid after any parent', () => {
  const parents = fc.oneof(
    fc.string(),
    fc.tuple(hex(2), hex(32), hex(16), hex(2)).map((parts) => parts.join('-')),
  );
  fc.assert(
    fc.property(parents, (parent) => {
      expect(continueTrace(parent)).toMatch(VALID);
    }),
  );
});

it('keeps the trace id along a chain of any length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), (length) => {
      const chain = [continueTrace(undefined)];
      for (let index = 1; index < length; index += 1) chain.push(continueTrace(chain.at(-1)));
      expect(new Set(chain.map((step) => step.split('-')[1])).size).toBe(1);
    }),
  );
});
