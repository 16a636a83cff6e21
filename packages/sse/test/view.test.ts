import { expect, it } from 'vitest';
import { createFilter, NO_FILTER } from '../src/filter.ts';
import { History } from '../src/history.ts';
import { View } from '../src/view.ts';

const fingerprint = 'aaaaaaaaaaaa';

function historyOf(count: number, { tag = 'x', bytes = 1 } = {}): History {
  const history = new History({ maxBytes: 100_000_000 });
  for (let offset = 0; offset < count; offset += 1) {
    history.append({ offset, fingerprint, data: 'd'.repeat(bytes), facets: { tag: [tag] } });
  }
  return history;
}

const idsIn = (frames: Buffer | undefined) => frames?.toString().match(/^id: \d+/gm);

it('reads all entries in one piece, framed once as a chunk of HTTP', () => {
  const view = new View({ filter: NO_FILTER, history: historyOf(3) });
  const { piece, next, isCut } = view.readFrom(1);
  expect({ next, isCut }).toEqual({ next: 3, isCut: false });
  expect(idsIn(piece?.frames)).toEqual(['id: 1', 'id: 2']);
  const { byteLength } = piece?.frames ?? Buffer.of();
  const chunk = `${byteLength.toString(16)}\r\n${piece?.frames.toString()}\r\n`;
  expect(piece?.chunk.toString()).toBe(chunk);
});

it('shares the piece among all who read on at the same place, until it forgets it', () => {
  const history = historyOf(3);
  const view = new View({ filter: NO_FILTER, history });
  const { piece } = view.readFrom(1);
  expect(view.readFrom(1).piece).toBe(piece);
  history.append({ offset: 3, fingerprint, data: '' });
  view.forget();
  expect(view.readFrom(1).next).toBe(4);
});

it('cuts a long history into pieces', () => {
  const view = new View({ filter: NO_FILTER, history: historyOf(10, { bytes: 30_000 }) });
  const ids: string[] = [];
  let next = 0;
  for (let isCut = true; isCut;) {
    const stretch = view.readFrom(next);
    expect(stretch.piece?.frames.byteLength).toBeLessThan(100_000);
    ids.push(...(idsIn(stretch.piece?.frames) ?? []));
    ({ next, isCut } = stretch);
  }
  expect(ids).toEqual(Array.from({ length: 10 }, (_, offset) => `id: ${offset}`));
});

it('looks at a few thousand entries at a time when little passes its filter', () => {
  const filter = createFilter({ tag: ['y'] });
  const view = new View({ filter, history: historyOf(12_000) });
  const first = view.readFrom(0);
  expect(first).toMatchObject({ piece: undefined, isCut: true });
  expect(first.next).toBeLessThan(12_000);
});
