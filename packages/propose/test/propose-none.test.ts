import { describe, expect, it } from 'vitest';
import { ProposeError } from '../src/propose-error.ts';
import { propose } from '../src/propose.ts';
import { jsonPageOf, pageOf } from './support/proposal.ts';

const frame = (main: string) => `<!doctype html><html lang="en"><head><title>A page</title></head>
  <body><header><a href="/">Home</a></header><nav><ul><li><a href="/about">About this site</a></li></ul></nav>
  ${main}<footer><p>Made by someone who likes coffee.</p></footer></body></html>`;

const paragraphs = Array.from(
  { length: 12 },
  (_, i) =>
    `<p>The river rose again in the ${i + 1}th week — nobody had expected it, and the bridge was closed. Later that day the mayor spoke to those who had come.</p>`,
).join('\n');

const products = ['Walking shoes', 'Rain jacket for children', 'Wool socks', 'A very warm hat']
  .map(
    (name, i) => `<div class="card item product"><img alt="${name}" src="/${i}.jpg">
      <h3 class="title"><a href="/product/${i}">${name}</a></h3><p class="text">Soft, warm and made to last for many years.</p>
      <span class="price">€ ${i + 10}.99</span><button>Add to cart</button><a class="tag" href="/tag/outdoor">outdoor</a></div>`,
  )
  .join('\n');

const topics = ['Friendship', 'Happiness', 'Motivational', 'Inspirational', 'Leadership'];

const books = [
  ['The Name of the Rose', 'Umberto Eco'],
  ['A Room with a View', 'E. M. Forster'],
  ['Of Mice and Men', 'John Steinbeck'],
  ['The Old Man and the Sea', 'Ernest Hemingway'],
] as const;

const pages: Record<string, string> = {
  'nothing at all': '',
  'a shop': frame(`<main class="products">${products}</main>`),
  'a search form': frame(
    `<main><form action="/search" class="quote-search"><label for="q">Search for quotes by author or by topic</label>
     <input name="quote" id="q"><select><option>All of the quotes</option></select><button>Search</button></form>
     <p class="hint">Nothing was searched for yet. Enter a word above.</p></main>`,
  ),
  'a navigation of topics': frame(
    `<ul class="quotes">${topics.map((topic) => `<li><a href="/quotes/topic/${topic}">${topic}</a></li>`).join('')}</ul>
     <div class="quote-lists">${topics.map((topic) => `<a href="/quotes/${topic}">The most famous ${topic} quotes and sayings</a>`).join('')}</div>`,
  ),
  'an article': frame(`<article class="post"><h1>A flood</h1>${paragraphs}</article>`),
  'an article in one block of content': frame(
    `<div class="post-content entry"><p class="content">${paragraphs}</p></div>`,
  ),
  'an article with a few words quoted within its sentences': frame(
    `<article>${paragraphs}<p>The mayor said <q>we were all surprised by it</q> and left, and then <q>we will build another bridge</q> to the press.</p>
     <p>A neighbour called it <q>the worst flood in forty years</q> when asked.</p></article>`,
  ),
  'an article with a pull quote': frame(
    `<article>${paragraphs}<blockquote>Nobody had expected it, and the bridge was closed.</blockquote>${paragraphs}</article>`,
  ),
  'a list of books and who wrote them': frame(
    `<ul class="books">${books.map(([title, author]) => `<li>${title} — ${author}</li>`).join('')}</ul>`,
  ),
  'an offer of a price': frame(
    `<section class="hero quote"><h2>Insurance</h2><a class="btn quote-button" href="/quote/start">Get your free quote in two minutes today</a></section>
     <div class="quote-box"><p class="quote-text">Request a quote for your car, your house or your boat.</p></div>`,
  ),
  'the front page of a newspaper': frame(
    [
      '‘We are ready,’ says the minister',
      'Floods close two bridges',
      'Why bread is dear',
      'What to read in May',
    ]
      .map(
        (line, i) =>
          `<article><h2 class="title"><a href="/news/${i}">${line}</a></h2><p class="summary">More on this later today, as soon as it is known.</p><span class="byline author">By Ann Reporter</span></article>`,
      )
      .join('\n'),
  ),
  'a login page': frame(
    '<main><h1>Log in</h1><p class="message">Please enter your name and your password to go on.</p></main>',
  ),
  'a table of figures': frame(
    `<table>${[1, 2, 3, 4].map((n) => `<tr><td>Station number ${n}</td><td>${n * 17} mm</td><td>North - Coast</td></tr>`).join('')}</table>`,
  ),
  'settings of fonts in a script': frame(
    `<p>Welcome to the collection.</p><script>WebFont.load({"google":{"families":["Lato:n4,n7,i4,i7:latin","Roboto+Slab:n4,n7:latin"]}});</script>`,
  ),
  'words for buttons and messages in a script': frame(
    `<script>var i18n = {"messages":[{"name":"cart","text":"Add it to your cart"},{"name":"login","text":"Log in to go on"},{"name":"sorry","text":"Something went wrong. Please try again."}],
     "errors":["Please enter a valid address.","Please enter your name here.","That did not work, sorry."]};</script>`,
  ),
  'reviews of a product as linked data': frame(
    `<script type="application/ld+json">{"@type":"Product","name":"Hat","review":[{"@type":"Review","text":"I like this hat, it is warm.","author":{"@type":"Person","name":"Ann"}},
     {"@type":"Review","text":"Too small for me, but pretty.","author":{"@type":"Person","name":"Bob"}}]}</script>`,
  ),
  'an article as linked data': frame(
    `<script type="application/ld+json">{"@type":"NewsArticle","headline":"A flood","text":"The river rose again, and the bridge was closed.","author":{"name":"Ann Reporter"}}</script>`,
  ),
};

describe('a proposal for a page without quotes', () => {
  it.for(Object.entries(pages))('is none for %s', ([, html]) => {
    const page = pageOf(html, { url: 'https://site.example/' });
    expect(() => propose(page)).toThrow(ProposeError);
    expect(() => propose(page)).toThrow(/^no quotes found on this page: ./);
  });

  it.for([
    [
      'a configuration',
      {
        version: 3,
        theme: { fonts: ['Lato:n4,n7,i4:latin', 'Roboto:400,700,400i'] },
        urls: ['https://site.example/one', 'https://site.example/two'],
      },
    ],
    [
      'a manifest',
      {
        name: 'quotes',
        description: 'A small program that shows quotes.',
        scripts: { test: 'node --test test/*.ts' },
        keywords: ['quotes', 'terminal'],
      },
    ],
    [
      'a list of goods',
      [
        { name: 'Hat', text: 'It is warm and pretty.', price: 12 },
        { name: 'Shoes', text: 'They last for many years.', price: 80 },
      ],
    ],
    [
      'questions and answers',
      [{ q: 'How do I send it back?', a: 'Put it into its box and bring it to us.' }],
    ],
    ['numbers', [{ id: 1 }, { id: 2 }]],
    ['an error', { error: true, message: 'The key is missing: sign up to get one.' }],
    [
      'words for buttons',
      { button: { text: 'Add it to your cart' }, link: { text: 'Read more about it' } },
    ],
    [
      'identifiers',
      ['6fa459ea-ee8a-3ca4-894e-db77e160355e', '16fd2706-8baf-433b-82eb-8c7fada847da'],
    ],
  ] as [string, unknown][])('is none for %s as JSON', ([, value]) => {
    const page = jsonPageOf(value, { url: 'https://site.example/data.json' });
    expect(() => propose(page)).toThrow(/^no quotes found on this page: ./);
  });
});
