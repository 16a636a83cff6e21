import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeFrame, readData } from '../src/frame.ts';

const field = fc
  .string({ unit: 'grapheme', minLength: 1 })
  // oxlint-disable-next-line eslint/no-control-regex -- the characters that a field must not contain
  .filter((text) => !/[\r\n\0]/.test(text));

function parseInPieces(bytes: Buffer, cuts: readonly number[]): EventSourceMessage[] {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  const ends = [...cuts.map((cut) => cut % (bytes.byteLength + 1)), bytes.byteLength].sort(
    (a, b) => a - b,
  );
  let start = 0;
  for (const end of ends) {
    parser.feed(decoder.decode(bytes.subarray(start, end), { stream: true }));
    start = end;
  }
  return messages;
}

it('round-trips through a parser, wherever the bytes are split', () => {
  fc.assert(
    fc.property(
      field,
      field,
      fc.string({ unit: 'binary' }),
      fc.array(fc.nat()),
      (id, event, data, cuts) => {
        const messages = parseInPieces(encodeFrame({ id, event, data }), cuts);
        const expected = data
          .toWellFormed()
          .split(/\r\n|\r|\n/)
          .join('\n');
        expect(messages).toEqual([
          { id: id.toWellFormed(), event: event.toWellFormed(), data: expected },
        ]);
      },
    ),
  );
});

it.for(['a\nb', 'a\rb', 'a\0b'])('refuses an id or event with a line end or NUL: %j', (text) => {
  expect(() => encodeFrame({ id: text, data: '' })).toThrow('must not contain');
  expect(() => encodeFrame({ event: text, data: '' })).toThrow('must not contain');
});

it.for([-1, 1.5, Number.NaN])('refuses a retry that browsers would ignore: %d', (retry) => {
  expect(() => encodeFrame({ retry })).toThrow(TypeError);
});

it('dispatches no event without data', () => {
  expect(encodeFrame({ retry: 3_000 }).toString()).toBe('retry: 3000\n\n');
  expect(parseInPieces(encodeFrame({ id: '1-abc' }), [])).toEqual([]);
});

it('reads the data back from an encoded frame', () => {
  const data = JSON.stringify({ text: 'data: “é”\n' });
  expect(readData(encodeFrame({ id: '1', event: 'newQuote', data }))).toBe(data);
});
