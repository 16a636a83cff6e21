import * as fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import {
  type CloudEvent,
  CONTENT_TYPE,
  createEvent,
  decodeEvent,
  encodeEvent,
  InvalidMessageError,
  type InvalidMessageReason,
  MAX_EVENT_BYTES,
} from '../src/cloud-event.ts';
import { defineEvent } from '../src/event-type.ts';

const wordSaid = defineEvent({
  exchange: 'words',
  routingKey: 'word.said',
  data: Type.Object({ word: Type.String(), times: Type.Number(), loud: Type.Boolean() }),
});
const wordForgotten = defineEvent({
  exchange: 'words',
  routingKey: 'word.forgotten',
  data: Type.Object({}),
});
const source = '/quotewire/test';
const hello = { word: 'hello', times: 1, loud: false };

const anyWord = fc.record({
  // n.b. UTF-8 can't encode lone surrogates, nor JSON -0
  word: fc.string({ unit: 'binary' }),
  times: fc.double({ noNaN: true, noDefaultInfinity: true }).map((times) => times + 0),
  loud: fc.boolean(),
});

describe('createEvent', () => {
  it('wraps the data in a CloudEvent', () => {
    expect(createEvent(wordSaid, hello, { source })).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      type: 'word.said.v1',
      source,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      datacontenttype: 'application/json',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
      data: hello,
    });
  });

  it('names the invalid part of the data', () => {
    const wrong = { ...hello, times: 'once' } as never;
    expect(() => createEvent(wordSaid, wrong, { source })).toThrow(/word\.said\.v1.*data\/times/);
  });
});

describe('decodeEvent', () => {
  it('decodes every encoded event', () => {
    fc.assert(
      fc.property(anyWord, (word) => {
        const event = createEvent(wordSaid, word, { source });
        const message = { contentType: CONTENT_TYPE, body: encodeEvent(event) };
        expect(decodeEvent(message, [wordForgotten, wordSaid])).toEqual(event);
      }),
    );
  });

  it('accepts the content type in any case and with parameters', () => {
    const event = createEvent(wordSaid, hello, { source });
    const contentType = 'Application/CloudEvents+JSON; charset=utf-8';
    expect(decodeEvent({ contentType, body: encodeEvent(event) }, [wordSaid])).toEqual(event);
  });

  it('throws only InvalidMessageError, for any bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (body) => {
          expect(() => decodeEvent({ contentType: CONTENT_TYPE, body }, [wordSaid])).toThrow(
            InvalidMessageError,
          );
        },
      ),
    );
  });

  const event: CloudEvent = createEvent(wordSaid, hello, { source });
  const bodyOf = (changes: Record<string, unknown>) =>
    Buffer.from(JSON.stringify({ ...event, ...changes }));
  const invalid: {
    what: string;
    reason: InvalidMessageReason;
    body: Buffer;
    contentType?: string | undefined;
  }[] = [
    { what: 'too many bytes', reason: 'too-large', body: Buffer.alloc(MAX_EVENT_BYTES + 1, ' ') },
    {
      what: 'another content type',
      reason: 'wrong-content-type',
      body: bodyOf({}),
      contentType: 'application/json',
    },
    {
      what: 'no content type',
      reason: 'wrong-content-type',
      body: bodyOf({}),
      contentType: undefined,
    },
    { what: 'half a document', reason: 'not-json', body: Buffer.from('{"id":') },
    { what: 'no bytes', reason: 'not-json', body: Buffer.alloc(0) },
    { what: 'null', reason: 'not-a-cloud-event', body: Buffer.from('null') },
    { what: 'an array', reason: 'not-a-cloud-event', body: Buffer.from('[]') },
    {
      what: 'another specversion',
      reason: 'not-a-cloud-event',
      body: bodyOf({ specversion: '0.3' }),
    },
    { what: 'an empty id', reason: 'not-a-cloud-event', body: bodyOf({ id: '' }) },
    { what: 'a number as source', reason: 'not-a-cloud-event', body: bodyOf({ source: 5 }) },
    { what: 'an invalid time', reason: 'not-a-cloud-event', body: bodyOf({ time: 'soon' }) },
    { what: 'an unknown type', reason: 'unknown-type', body: bodyOf({ type: 'x.v1' }) },
    { what: 'data of another shape', reason: 'invalid-data', body: bodyOf({ data: { word: 1 } }) },
    { what: 'no data', reason: 'invalid-data', body: bodyOf({ data: undefined }) },
  ];
  for (const { what, reason, body, ...rest } of invalid) {
    it(`refuses ${what} as ${reason}`, () => {
      const contentType = 'contentType' in rest ? rest.contentType : CONTENT_TYPE;
      expect(() => decodeEvent({ contentType, body }, [wordSaid])).toThrow(
        expect.objectContaining({ reason }),
      );
    });
  }
});

describe('encodeEvent', () => {
  it('encodes an event of exactly 64 KiB, and refuses one byte more', () => {
    const withWord = (length: number) =>
      createEvent(wordSaid, { ...hello, word: 'x'.repeat(length) }, { source });
    const rest = encodeEvent(withWord(0)).byteLength;
    expect(encodeEvent(withWord(MAX_EVENT_BYTES - rest)).byteLength).toBe(MAX_EVENT_BYTES);
    expect(() => encodeEvent(withWord(MAX_EVENT_BYTES - rest + 1))).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });
});
