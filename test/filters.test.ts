import type { Quote } from '@quotewire/events';
import { sourceStatus } from '@quotewire/events';
import { beforeAll, expect, it } from 'vitest';
import type { StreamClient } from './support/open-stream.ts';
import { describeWithQuoteStream, numbersOn, range, receives } from './support/quote-stream.ts';

type Fields = Pick<Quote, 'source' | 'author' | 'tags'>;

const authors = ['Jane Austen', 'J.K. Rowling', 'André Gide', ''];
const tags = ['Love', 'life', 'ＢＯＯＫＳ'];

/** Every third of a source, author after author, with no tag, one or two. */
function fieldsOf(number: number): Fields {
  return {
    source: `site-${number % 3}`,
    author: authors[number % authors.length] ?? '',
    tags: tags.slice(0, number % 5),
  };
}

describeWithQuoteStream('a browser with filters', {}, (system) => {
  const { open } = system;
  let count = 0;
  const publish = async (numbers: readonly number[]) => {
    for (const number of numbers) await system.publisher.publish([number], fieldsOf(number));
  };

  beforeAll(() => publish(range(1, 60)));

  it.for<[string, { passes: (fields: Fields) => boolean; example: Partial<Fields> }]>([
    [
      'source=site-1',
      { passes: ({ source }) => source === 'site-1', example: { source: 'site-1' } },
    ],
    [
      'source=site-1&source=SITE-2',
      { passes: ({ source }) => source !== 'site-0', example: { source: 'site-2' } },
    ],
    [
      'author=jane%20austen',
      { passes: ({ author }) => author === 'Jane Austen', example: { author: 'Jane Austen' } },
    ],
    [
      'author=Andre%CC%81%20GIDE',
      { passes: ({ author }) => author === 'André Gide', example: { author: 'André Gide' } },
    ],
    ['tag=books', { passes: ({ tags: own }) => own.length >= 3, example: { tags: ['books'] } }],
    [
      'tag=love&tag=nothing',
      { passes: ({ tags: own }) => own.length >= 1, example: { tags: ['love'] } },
    ],
    [
      'source=site-0&author=j.k.%20rowling&tag=life',
      {
        passes: ({ source, author, tags: own }) =>
          source === 'site-0' && author === 'J.K. Rowling' && own.length >= 2,
        example: { source: 'site-0', author: 'J.K. Rowling', tags: ['life'] },
      },
    ],
    ['tag=nothing', { passes: () => false, example: { tags: ['nothing'] } }],
  ])('gets only what passes %s, in replay and live', async ([query, { passes, example }]) => {
    const filtered = await open(`?${query}&limit=1000`);
    count += 1;
    const first = 1_000 * count;
    const live = range(first, first + 59);
    await publish(live);
    // entries arrive in order: after the last one, no earlier one can follow
    const last = first + 60;
    await system.publisher.publish([last], example);
    await receives(filtered, last);
    const expected = [...range(1, 60), ...live].filter((number) => passes(fieldsOf(number)));
    const seen = numbersOn(filtered).filter((number) => number <= 60 || number >= first);
    expect(seen).toEqual([...expected, last]);
  });

  it('receives the states of its own sources only, and of all without a filter by source', async () => {
    const bySource = await open('?source=site-1');
    const byAuthor = await open('?author=Jane%20Austen');
    for (const source of ['site-2', 'site-1']) {
      const since = new Date().toISOString();
      await system.publisher.bus.publish(sourceStatus, { source, state: 'ok', since, detail: '' });
    }
    const statesOn = ({ events }: StreamClient) =>
      events
        .filter(({ event }) => event === 'sourceStatus')
        .map(({ data = '' }) => (JSON.parse(data) as { source: string }).source);
    await byAuthor.waitFor(({ data = '' }) => data.includes('site-1'), 'the state of site-1');
    await bySource.waitFor(({ data = '' }) => data.includes('site-1'), 'the state of site-1');
    expect(statesOn(bySource)).toEqual(['site-1']);
    expect(statesOn(byAuthor)).toEqual(['site-2', 'site-1']);
  });

  it('begins with the newest quotes that its filter accepts', async () => {
    const stream = await open('?source=site-1&limit=3');
    await system.publisher.publish([999_999], { source: 'site-1' });
    await receives(stream, 999_999);
    expect(numbersOn(stream)).toHaveLength(4);
  });

  it.for(['?tag=', `?${'tag=a&'.repeat(21)}`, `?tag=${'a'.repeat(501)}`, '?limit=x&tag=a'])(
    'is refused %s, with the reason',
    async (query) => {
      const response = await fetch(`${system.url}/quoteEvent${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        message: expect.stringMatching(/tag|limit|filter/),
      });
    },
  );
});
