import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { aboutOf, typeText } from '../public/schema-text.js';

it('writes a schema as a type, with descriptions and limits as comments', () => {
  const schema = Type.Object({
    limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
    before: Type.Optional(Type.String({ description: 'The id of a quote.' })),
    state: Type.Union([Type.Literal('ok'), Type.Literal('broken')]),
    quotes: Type.Array(Type.Object({ text: Type.String({ minLength: 1 }) })),
    kinds: Type.Array(Type.Union([Type.String(), Type.Null()])),
  });
  expect(typeText(schema)).toBe(`{
  // 1 to 500, default 50.
  limit: integer
  // The id of a quote.
  before?: string
  state: "ok" | "broken"
  quotes: {
    // Length at least 1.
    text: string
  }[]
  kinds: (string | null)[]
}`);
});

it('says of a parameter what its type leaves out', () => {
  const schema = { type: 'string', description: 'Who said it.', maxLength: 50, format: 'uri' };
  expect(aboutOf(schema)).toBe('Who said it. Length at most 50, uri.');
  expect(aboutOf({ type: 'string' })).toBe('');
});
