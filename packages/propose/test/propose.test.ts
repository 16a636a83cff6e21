import { describe, expect, it } from 'vitest';
import { ProposeError } from '../src/propose-error.ts';
import { propose } from '../src/propose.ts';
import { found, jsonPageOf, pageOf } from './support/proposal.ts';

const three = [
  ['Well begun is half done.', 'Aristotle'],
  ['Nothing in excess, and that also not too often.', 'Solon'],
  ['All things are full of gods, or so I am told.', 'Thales'],
] as const;
const quotes = three.map(([text, author]) => ({ text, author, tags: [] }));
const unmarked = <Q extends { text: string }>(quote: Q) => ({
  ...quote,
  text: quote.text.replaceAll(/[“”]/g, ''),
});
const list = (item: (text: string, author: string) => string) =>
  `<body><nav><ul><li><a href="/">Home</a></li><li><a href="/about">About this site</a></li></ul></nav>
  <main>${three.map(([text, author]) => item(text, author)).join('\n')}</main>
  <footer><p>Made by someone who likes quotes, and coffee.</p></footer></body>`;

describe('a proposal for a page', () => {
  it.for([
    [
      'with a quotation and a cite in it',
      (text, author) => `<blockquote><p>${text}</p><cite>${author}</cite></blockquote>`,
    ],
    [
      'with a dash before the name',
      (text, author) => `<div class="quote"><p>${text}</p><p class="by">— ${author}</p></div>`,
    ],
    [
      'with a name behind the quotation',
      (text, author) => `<blockquote>${text}</blockquote><p class="author">${author}</p>`,
    ],
    [
      'with classes that change from item to item',
      (text, author) =>
        `<div class="post-${text.length}000 item"><q>${text}</q> <i>by</i> <a href="/author/${author}">${author}</a></div>`,
    ],
    [
      'with microdata',
      (text, author) =>
        `<div><span itemprop="text">${text}</span><b itemprop="author">${author}</b></div>`,
    ],
    [
      'in a figure',
      (text, author) =>
        `<figure><blockquote>${text}</blockquote><figcaption>${author}</figcaption></figure>`,
    ],
    [
      'with a dash before the name right behind a heading',
      (text, author) => `<h3>“${text}”</h3><p>— ${author}</p>`,
    ],
    ['in one element with a dash', (text, author) => `<p>${text} — ${author}</p>`],
  ] as const satisfies [string, (text: string, author: string) => string][])(
    'finds text and author %s',
    ([, item]) => {
      expect(found(pageOf(list(item))).quotes.map(unmarked)).toEqual(quotes);
    },
  );

  it('keeps the quotation marks of a text that shares its element with the author', () => {
    const page = pageOf(list((text, author) => `<p>“${text}”<br>${author}</p>`));
    expect(found(page).quotes).toEqual(
      quotes.map((quote) => ({ ...quote, text: `“${quote.text}”` })),
    );
  });

  it('recognises texts, authors and tags by their links', () => {
    const page = pageOf(
      list(
        (
          text,
          author,
        ) => `<div class="b"><a class="t" href="/quotes/1">${text}, he is said to have said</a>
          <a class="n" href="/authors/1">${author}</a><a class="k" href="/topics/life">life</a></div>`,
      ),
    );
    expect(found(page).entry).toMatchObject({
      item: 'div.b',
      fields: { text: 'a.t', author: 'a.n', tags: 'a.k' },
    });
  });

  it('finds tags by their URLs', () => {
    const tags = '<p>In: <a href="/topic/work">work</a> <a href="/topic/life">life</a></p>';
    const page = pageOf(
      list((text) => `<div class="card"><blockquote>${text}</blockquote>${tags}</div>`),
    );
    expect(found(page).quotes[0]).toMatchObject({ tags: ['work', 'life'] });
  });

  it.for([
    ['<a class="btn next-page" href="?page=2">2</a>', 'a.next-page'],
    ['<li class="next"><a href="?page=2">2</a></li>', 'li.next > a'],
    ['<a rel="next" href="?page=2">2</a>', 'a[rel~="next"]'],
    ['<a href="?page=0">Previous</a> <a href="?page=2">Next page</a>', 'a:contains("Next")'],
    ['<a href="?page=2">»</a>', 'a:contains("»")'],
  ] as const)('finds the next page by %s', ([link, next]) => {
    const page = pageOf(list((text) => `<blockquote>${text}</blockquote>`) + link);
    expect(found(page)).toMatchObject({
      entry: { next },
      nextUrl: 'https://quotes.example/list?page=2',
    });
  });

  it('rejects a link to another site as the next page', () => {
    const link = '<a class="next" href="https://elsewhere.example/">Next</a>';
    const page = pageOf(list((text) => `<blockquote>${text}</blockquote>`) + link);
    expect(found(page).entry).not.toHaveProperty('next');
  });

  it.for([
    ['a list of links', list((text) => `<li><a href="/x">${text}</a></li>`)],
    ['prose', list((text) => `<p>${text}</p>`)],
    [
      'an article',
      Array.from({ length: 20 }, (_, i) => `<p class="content">It goes on ${i}.</p>`).join(''),
    ],
    ['nothing', ''],
  ] as const)('is none for %s', ([, html]) => {
    expect(() => propose(pageOf(html))).toThrow(ProposeError);
  });

  it('is none for a page that names a feed, and mentions the feed', () => {
    const html = '<head><link rel="alternate" type="application/rss+xml" href="/feed"></head>';
    expect(() => propose(pageOf(html))).toThrow('it names a feed, try https://quotes.example/feed');
  });
});

describe('a proposal for JSON', () => {
  const json = (value: unknown) => found(jsonPageOf(value));

  it('finds the list wherever it is', () => {
    const items = three.map(([text, author]) => ({ id: 1, quote: text, author: { name: author } }));
    expect(json({ status: 'ok', data: { results: items } })).toMatchObject({
      entry: { item: 'data.results', fields: { text: 'quote', author: 'author.name' } },
      quotes,
    });
  });

  it('recognises quotes and authors in fields of one letter', () => {
    const page = jsonPageOf(
      three.map(([q, a]) => ({ q, a })),
      { url: 'https://api.example/random' },
    );
    expect(found(page).quotes).toEqual(quotes);
  });

  it('reads a list of texts', () => {
    expect(json(three.map(([text]) => text)).quotes).toEqual(
      quotes.map((one) => ({ ...one, author: '' })),
    );
  });

  it('reads HTML as text', () => {
    const items = three.map(([text, author]) => ({ content: `<p>${text}</p>`, author }));
    expect(json(items).quotes).toEqual(quotes);
  });

  it('finds the next page by its URL', () => {
    const items = three.map(([text]) => ({ text }));
    expect(json({ items, next: '/list?cursor=2' }).nextUrl).toBe(
      'https://quotes.example/list?cursor=2',
    );
  });

  it('finds the next page by its number, while the response has one', () => {
    const items = three.map(([text]) => ({ text }));
    expect(json({ items, has_more: true }).nextUrl).toBe('https://quotes.example/list?page=2');
    expect(json({ items, has_more: false }).nextUrl).toBeUndefined();
  });

  it('is none if no item has a text', () => {
    expect(() => json([{ id: 1 }, { id: 2 }])).toThrow(
      'JSON without a list of something that has a text',
    );
  });
});
