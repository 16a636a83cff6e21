import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  frontOf,
  type KnownProgress,
  nextStep,
  NOTHING_READ,
  type ReadPage,
} from '../src/next-step.ts';

const origin = 'https://example.org';
const source = { url: `${origin}/1`, maxPages: 20 };
const id = (text: string) => text.padEnd(22, '-');
const pageOf = (more: Partial<ReadPage> = {}): ReadPage => ({
  number: 1,
  urls: [`${origin}/1`],
  ids: ['a', 'b'].map(id),
  itemCount: 2,
  hasNews: true,
  nextUrl: `${origin}/2`,
  nextProblem: undefined,
  isCut: false,
  ...more,
});
const decide = (
  page: ReadPage,
  {
    run = NOTHING_READ,
    known = {},
  }: { run?: typeof NOTHING_READ; known?: Partial<KnownProgress> } = {},
) => nextStep(page, { run, known: { isComplete: false, ...known }, source });

const runAfter = (step: ReturnType<typeof decide>) =>
  step.kind === 'request' ? step.run : NOTHING_READ;

it('continues with the next page', () => {
  expect(decide(pageOf())).toMatchObject({
    kind: 'request',
    url: `${origin}/2`,
    run: { front: frontOf(['a', 'b'].map(id)), isConnected: false },
  });
});

it('ends at the last page', () => {
  expect(decide(pageOf({ nextUrl: undefined }))).toMatchObject({
    outcome: 'last-page',
    change: { reachedEnd: true, nextPage: undefined },
  });
});

it('ends where it reaches the quotes of the previous run', () => {
  const known = { isComplete: true, front: frontOf([id('b')]) };
  expect(decide(pageOf({ hasNews: false }), { known })).toMatchObject({ outcome: 'news-read' });
});

it('continues after a page with new quotes, and after a page known only from another source', () => {
  const front = frontOf([id('b')]);
  expect(decide(pageOf(), { known: { isComplete: true, front } }).kind).toBe('request');
  const unmet = { isComplete: true, front: frontOf([id('z')]) };
  expect(decide(pageOf({ hasNews: false }), { known: unmet }).kind).toBe('request');
});

it('resumes where the previous run stopped, once it has reached its quotes', () => {
  const known = { nextPage: `${origin}/7`, front: frontOf([id('a')]) };
  expect(decide(pageOf({ hasNews: false }), { known })).toMatchObject({
    kind: 'request',
    url: `${origin}/7`,
  });
  expect(decide(pageOf(), { known })).toMatchObject({ url: `${origin}/2` });
});

it('does not resume on another site', () => {
  const known = { nextPage: 'https://elsewhere.example/7', front: frontOf([id('a')]) };
  expect(decide(pageOf({ hasNews: false }), { known })).toMatchObject({
    kind: 'request',
    url: `${origin}/2`,
  });
});

it('stops after maxPages, and names the page at which the next run resumes', () => {
  expect(decide(pageOf({ number: 20, nextUrl: `${origin}/21` }))).toMatchObject({
    outcome: 'max-pages',
    change: { nextPage: `${origin}/21`, reachedEnd: false },
  });
});

it('resumes where the previous run stopped at maxPages, though every run has new quotes', () => {
  const known = { nextPage: `${origin}/30`, front: frontOf([id('a')]) };
  const full = pageOf({ number: 20, nextUrl: `${origin}/21` });
  expect(decide(full, { known })).toMatchObject({ kind: 'request', url: `${origin}/30` });
  const unmet = { ...known, front: frontOf([id('z')]) };
  expect(decide(full, { known: unmet })).toMatchObject({
    outcome: 'max-pages',
    change: { nextPage: `${origin}/21` },
  });
});

it('ends a cycle of pages as the last page', () => {
  const first = decide(pageOf());
  const run = first.kind === 'request' ? first.run : NOTHING_READ;
  const second = pageOf({
    number: 2,
    urls: [`${origin}/2`],
    ids: [id('c')],
    nextUrl: `${origin}/1`,
  });
  expect(decide(second, { run })).toMatchObject({
    outcome: 'last-page',
    change: { reachedEnd: true },
  });
});

it('ends at a page that the next pages repeat, whatever their numbers', () => {
  const first = runAfter(decide(pageOf()));
  const clamped = pageOf({ number: 2, urls: [`${origin}/2`], nextUrl: `${origin}/3` });
  const recheck = decide(clamped, { run: first });
  expect(recheck).toMatchObject({ kind: 'request', url: `${origin}/1` });
  expect(decide(pageOf({ number: 3 }), { run: runAfter(recheck) })).toMatchObject({
    outcome: 'last-page',
    change: { reachedEnd: true },
  });
});

it('continues when a site has grown by a page between two requests', () => {
  const first = runAfter(decide(pageOf()));
  const shifted = pageOf({ number: 2, urls: [`${origin}/2`], nextUrl: `${origin}/3` });
  const recheck = runAfter(decide(shifted, { run: first }));
  const grown = pageOf({ number: 3, ids: ['c', 'd'].map(id) });
  expect(decide(grown, { run: recheck })).toMatchObject({ kind: 'request', url: `${origin}/3` });
});

it('ends at a page that links to an earlier page', () => {
  const run = runAfter(decide(pageOf()));
  const redirected = pageOf({ number: 2, urls: [`${origin}/2`, `${origin}/1`], ids: [id('x')] });
  expect(decide(redirected, { run })).toMatchObject({ outcome: 'last-page' });
});

it('does not treat a truncated page as the last page', () => {
  const cut = pageOf({ number: 3, urls: [`${origin}/3`], nextUrl: undefined, isCut: true });
  expect(decide(cut)).toMatchObject({
    outcome: 'broken',
    change: { nextPage: `${origin}/3`, reachedEnd: false },
  });
});

it('reads a truncated page again, whatever its link', () => {
  const cut = pageOf({ number: 3, urls: [`${origin}/3`], isCut: true });
  expect(decide(cut)).toMatchObject({ outcome: 'broken', change: { nextPage: `${origin}/3` } });
});

it('does not treat an invalid link as the end of the site', () => {
  const page = pageOf({ nextUrl: undefined, nextProblem: 'The next page is on another site.' });
  expect(decide(page)).toMatchObject({
    outcome: 'broken',
    detail: 'The next page is on another site.',
    change: { reachedEnd: false },
  });
});

it('reports a first page that is as full as before, without its link', () => {
  const page = pageOf({ nextUrl: undefined });
  expect(decide(page, { known: { pagedItems: 2 } })).toMatchObject({ outcome: 'broken' });
  expect(decide(page, { known: { pagedItems: 3 } })).toMatchObject({ outcome: 'last-page' });
});

it('never ends a run as complete while a quote of the site is unpublished', () => {
  const step = fc.record({
    added: fc.integer({ min: 0, max: 12 }),
    elsewhere: fc.float({ min: 0, max: 1, noNaN: true }),
    grows: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 12 }),
    failsAt: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  });
  const history = fc.record({
    perPage: fc.integer({ min: 1, max: 5 }),
    maxPages: fc.integer({ min: 1, max: 6 }),
    steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  });
  fc.assert(
    fc.property(history, ({ perPage, maxPages, steps }) => {
      const site: string[] = [];
      const published = new Set<string>();
      let known: KnownProgress & { reachedEnd?: boolean | undefined } = { isComplete: false };
      for (const { added, elsewhere, grows, failsAt } of steps) {
        for (let n = 0; n < added; n += 1) {
          const quote = id(`q${String(site.length)}`);
          // the newest quote is first; another source may have published it
          site.unshift(quote);
          if (n >= added * elsewhere) published.add(quote);
        }
        let url: string | undefined = `${origin}/1`;
        let run = NOTHING_READ;
        const atTheStart = [...site];
        for (let number = 1; url !== undefined; number += 1) {
          const at = Number(url.split('/').at(-1));
          for (let n = number > 1 ? (grows[number] ?? 0) : 0; n > 0; n -= 1) {
            site.unshift(id(`q${String(site.length)}`));
          }
          if (number === failsAt) {
            known = {
              ...known,
              isComplete: false,
              reachedEnd: false,
              nextPage: number === 1 ? known.nextPage : url,
            };
            if (number > 1 && run.front !== '') known = { ...known, front: run.front };
            break;
          }
          const ids = site.slice((at - 1) * perPage, at * perPage);
          const hasNews = ids.some((one) => !published.has(one));
          for (const one of ids) published.add(one);
          const nextUrl = site.length > at * perPage ? `${origin}/${at + 1}` : undefined;
          const step = nextStep(
            {
              number,
              urls: [url],
              ids,
              itemCount: ids.length,
              hasNews,
              nextUrl,
              nextProblem: undefined,
              isCut: false,
            },
            { run, known, source: { url: `${origin}/1`, maxPages } },
          );
          if (step.kind === 'request') {
            ({ url, run } = step);
            continue;
          }
          url = undefined;
          known = { ...known, ...(step.change as Partial<typeof known>) };
          known = { ...known, isComplete: known.reachedEnd === true };
          const missing = atTheStart.filter((one) => !published.has(one));
          expect(step.outcome === 'max-pages' ? [] : missing).toEqual([]);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
