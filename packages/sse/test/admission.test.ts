import { expect, it } from 'vitest';
import { Admission } from '../src/admission.ts';

it('bounds the streams of one address, and lets others in', () => {
  const admission = new Admission({ maxPerAddress: 2 });
  expect(admission.enter('a')).toBeUndefined();
  expect(admission.enter('a')).toBeUndefined();
  expect(admission.enter('a')).toBe('address');
  expect(admission.enter('b')).toBeUndefined();
  admission.leave('a');
  expect(admission.enter('a')).toBeUndefined();
  expect(admission.size).toBe(3);
});

it('bounds the streams in all', () => {
  const admission = new Admission({ maxConnections: 2 });
  admission.enter('a');
  admission.enter('b');
  expect(admission.enter('c')).toBe('full');
  admission.leave('b');
  expect(admission.enter('c')).toBeUndefined();
});
