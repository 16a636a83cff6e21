import { describe, expect, it } from 'vitest';
import { found, jsonPageOf, pageOf } from './support/proposal.ts';

const said = [
  ['Well begun is half done.', 'Aristotle', 'Politics'],
  ['Nothing in excess, and that also not too often.', 'Solon', 'Laws'],
  ['All things are full of gods, or so I am told.', 'Thales', 'On Water'],
] as const;
const quotes = said.map(([text, author]) => ({ text, author, tags: [] as string[] }));
const unsigned = quotes.map((quote) => ({ ...quote, author: '' }));

type Item = (text: string, author: string, work: string, index: number) => string;
const list = (item: Item) =>
  said.map(([text, author, work], index) => item(text, author, work, index)).join('\n');
const inPage = (main: string) =>
  `<body><nav><ul><li><a href="/">Home</a></li><li><a href="/about">About this site</a></li></ul></nav>
  <main>${main}</main><footer><p>Made by someone who likes coffee.</p></footer></body>`;
const foundIn = (main: string) => found(pageOf(inPage(main)));
const marked = (all: typeof quotes) => all.map((one) => ({ ...one, text: `“${one.text}”` }));

describe('a proposal', () => {
  it('finds the author, and omits the work after the name', () => {
    const page = list(
      (text, author, work) =>
        `<div class="quote"><div class="quoteText">&ldquo;${text}&rdquo;<br> &#8213; <span class="authorOrTitle">${author},</span>
         <span><a class="authorOrTitle" href="/book/1">${work}</a></span></div><div class="likes">12 likes</div></div>`,
    );
    expect(foundIn(page).quotes).toEqual(marked(quotes));
  });

  it.for([
    [
      'in italics',
      (text, author, work) =>
        `<blockquote><p>${text}</p><cite>${author}, <i>${work}</i></cite></blockquote>`,
    ],
    [
      'behind a dash',
      (text, author, work) =>
        `<div class="quote"><p>${text}</p><p class="author">― ${author} ― ${work}</p></div>`,
    ],
    [
      'in the line of the name',
      (text, author, work) =>
        `<blockquote>${text} <footer>— <cite class="author">${author}</cite> in ${work}</footer></blockquote>`,
    ],
  ] as [string, Item][])('finds the author without a work %s', ([, item]) => {
    expect(foundIn(list(item)).quotes).toEqual(quotes);
  });

  it('finds authors within the text after each quote', () => {
    const page = list(
      (text, author, work) =>
        `<div class="citation">${text}</div><ul><li><div class="ref"><i>${work}</i>, <span class="auteur">${author}</span>, 1947, p. 93</div></li></ul>`,
    );
    expect(foundIn(`<div>${page}</div>`).quotes).toEqual(quotes);
  });

  it('takes a link to a quote as its text, whatever its class is', () => {
    const page = list(
      (text, author, _work, i) =>
        `<li><div class="wrap"><p><a class="title" href="/quote/${i}">${text}</a></p><div class="author"><a href="/author/${i}-${author}">${author}</a></div></div></li>`,
    );
    expect(foundIn(`<ul class="list">${page}</ul>`).quotes).toEqual(quotes);
  });

  it.for([
    ['来源', (i: number) => `<a href="https://source.example/${i}">来源</a>`],
    ['in brackets', (i: number) => `(<a href="https://source.example/${i}">source</a>)`],
    ['View on X', (i: number) => `<a class="x" href="https://x.example/status/${i}">View on X</a>`],
    ['Copy, a button', () => '<button>Copy</button>'],
    ['a footnote', (i: number) => `<sup><a href="#note-${i}">[${i + 1}]</a></sup>`],
    ['a note', (i: number) => `<small>(It was the quote of day ${i}.)</small>`],
  ] as const)('omits what is no part of the text: %s', ([, furniture]) => {
    const page = list(
      (text, author, _work, i) =>
        `<div class="quote"><p class="text">${text} ${furniture(i)}</p><p class="author">${author}</p></div>`,
    );
    expect(foundIn(page).quotes).toEqual(quotes);
  });

  it('keeps links within a text', () => {
    const page = list(
      (text, author) =>
        `<div class="quote"><p class="text">${text.replace(/(\w+)\.$/, '<a href="/wiki/$1">$1</a>.')}</p><p class="author">${author}</p></div>`,
    );
    expect(foundIn(page).quotes).toEqual(quotes);
  });

  it('takes tags from items of their own, which have no text', () => {
    const page = list(
      (text, author, _work, i) =>
        `<div class="quote"><span class="text">${i === 1 ? '' : text}</span><small class="author">${author}</small>
         <div class="tags"><a class="tag" href="/tag/${i}">tag ${i}</a></div></div>`,
    );
    expect(foundIn(`<div class="row"><div class="col">${page}</div></div>`).quotes).toEqual([
      { ...quotes[0], tags: ['tag 0'] },
      { ...quotes[2], tags: ['tag 2'] },
    ]);
  });

  it('recognises tags by the label in front of them', () => {
    const page = list(
      (text, author, _work, i) =>
        `<div class="q"><p class="quote-p"><a class="quote-a" href="/quote/${i}">${text}</a></p><p class="by">— <a href="/${author}-quotes">${author}</a></p>
         <p class="by">Featured in: <a href="/a-quotes">Life</a>, <a href="/b-quotes">Work</a></p></div>`,
    );
    expect(foundIn(page).quotes).toEqual(
      quotes.map((quote) => ({ ...quote, tags: ['Life', 'Work'] })),
    );
  });

  it('takes the rest beside a marked text as its author, whatever its class is', () => {
    const page = list((text, author) => `<div><p>“${text}”</p><p>${author}</p></div>`);
    expect(foundIn(page).quotes).toEqual(marked(quotes));
  });

  it('finds one quote in a table with its quotation marks in adjacent cells', () => {
    const [[text, author]] = said;
    const table = `<div id="today"><table><tr><td><i>«</i></td><td width="100%"><div>${text}</div></td><td><i>»</i></td></tr>
      <tr><td colspan="3"><div><a href="/wiki/${author}">${author}</a><br></div></td></tr></table></div>`;
    expect(foundIn(table).quotes).toEqual(quotes.slice(0, 1));
  });

  it('omits the numbers in front of texts', () => {
    const page = list((text, author, _work, i) => `<p>${i + 1}. “${text}” – ${author}</p>`);
    expect(foundIn(page).quotes).toEqual(marked(quotes));
    const alone = list((text, _author, _work, i) => `<blockquote>${i + 1}. ${text}</blockquote>`);
    expect(foundIn(alone).quotes).toEqual(unsigned);
  });

  it('omits a list within a text', () => {
    const page = list(
      (text, author, work) =>
        `<li>${text} -- <a href="/wiki/${author}">${author}</a><ul><li>${work}</li></ul></li>`,
    );
    expect(foundIn(`<ul>${page}</ul>`).quotes).toEqual(quotes);
  });

  it('joins the lists of a page whose items have the same markup', () => {
    const items = list((text, author) => `<dd>${text} ~ <a href="/wiki/x">${author}</a></dd>`);
    const more = items
      .replaceAll('dd>', 'li>')
      .replaceAll('. ~', ', once more. ~')
      .replaceAll('</a>', '</a> ~');
    expect(foundIn(`<dl>${items}</dl><ul>${more}</ul>`).quotes).toEqual([
      ...quotes,
      ...quotes.map((quote) => ({ ...quote, text: quote.text.replace(/\.$/, ', once more.') })),
    ]);
  });

  it('joins three shapes on one page', () => {
    const one = said[0];
    const two = said[1];
    const three = said[2];
    const page = `<blockquote class="big"><p>${one[0]}</p><cite>${one[1]}</cite></blockquote>
      <blockquote class="big"><p>Know thyself, and nobody else.</p><cite>Chilon</cite></blockquote>
      <div class="quote"><span class="body">${two[0]}</span> <span class="author">${two[1]}</span></div>
      <div class="quote"><span class="body">Know the right moment for it.</span> <span class="author">Pittacus</span></div>
      <ul><li><q>${three[0]}</q> <i class="by">${three[1]}</i></li><li><q>Practice makes all the difference.</q> <i class="by">Periander</i></li></ul>`;
    expect(foundIn(page).quotes.map(({ author }) => author)).toEqual([
      'Aristotle',
      'Chilon',
      'Solon',
      'Pittacus',
      'Thales',
      'Periander',
    ]);
  });

  it('finds short texts in scripts without spaces', () => {
    const page = [
      ['知之为知之，不知为不知。', '孔子'],
      ['上善若水。', '老子'],
      ['千里之行，始于足下。', '老子'],
    ]
      .map(
        ([text, author]) =>
          `<div class="item"><p class="quote">${text}</p><p class="author">—— ${author}</p></div>`,
      )
      .join('');
    expect(foundIn(page).quotes.map(({ text, author }) => [text, author])).toEqual([
      ['知之为知之，不知为不知。', '孔子'],
      ['上善若水。', '老子'],
      ['千里之行，始于足下。', '老子'],
    ]);
  });

  const verses = said.map(([text], i) =>
    [text, `and the second of ${i}`, 'and the last.'].join('\n'),
  );

  it.for([
    [
      'with the name apart',
      (text, author) =>
        `<div class="poem-quote"><p class="quote">${text}</p><p class="author">${author}</p></div>`,
    ],
    [
      'with the name in the last line',
      (text, author) => `<blockquote>${text}<br>— ${author}</blockquote>`,
    ],
  ] as [string, Item][])('keeps the lines of poems %s', ([, item]) => {
    const page = list((text, ...rest) =>
      item(`${text}<br>and the second of ${rest[2]}<br>\nand the last.`, ...rest),
    );
    const { entry, quotes: poems } = foundIn(page);
    expect(entry).toMatchObject({ fields: { text: { lines: true } } });
    expect(poems).toEqual(quotes.map((quote, i) => ({ ...quote, text: verses[i] })));
  });

  it('keeps the lines of poems in JSON', () => {
    const poems = said.map(([, author], i) => ({ text: verses[i], author }));
    const { quotes: inJson } = found(jsonPageOf({ poems }));
    expect(inJson).toEqual(poems.map((poem) => ({ ...poem, tags: [] })));
  });

  it('drops line breaks of the layout', () => {
    const page = list((text, author) => `<blockquote>“${text}”<br>${author}</blockquote>`);
    expect(foundIn(page).entry).not.toHaveProperty('fields.text.lines');
  });

  it('reads a page inside one form', () => {
    const page = list((text, author) => `<blockquote>${text}<cite>${author}</cite></blockquote>`);
    expect(found(pageOf(`<body><form>${page}</form></body>`)).quotes).toEqual(quotes);
  });
});
