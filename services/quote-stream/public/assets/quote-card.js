import { createTime } from './relative-time.js';

/**
 * @typedef {object} Quote
 * @property {string} id
 * @property {string} text
 * @property {string} author empty when its page names none
 * @property {string[]} tags
 * @property {string} source
 * @property {string} url the page that it was found on
 * @property {string} scrapedAt RFC 3339
 */

const LONG_LENGTH = 240;
const CLAMPED_LENGTH = 900;

const GAP_REASONS = new Map([
  ['expired', 'they left the history before this page could catch up'],
  ['other-log', 'the log they were kept in was replaced'],
  ['unknown', 'the server doesn’t know the place where this page left off'],
  ['malformed', 'the server couldn’t read the place where this page left off'],
]);

/**
 * One quote of the feed.
 *
 * The text is untrusted: it's added as text, never as markup.
 *
 * @param {Quote} quote
 */
export function createQuoteItem(quote) {
  const item = document.createElement('li');
  item.className = 'quote';
  item.dataset.id = quote.id;

  const figure = document.createElement('figure');
  const words = createText('p', 'text', quote.text);
  words.dir = 'auto';
  words.classList.toggle('has-mark', /^[“"„«]/u.test(quote.text));

  const block = document.createElement('blockquote');
  if (isWebAddress(quote.url)) block.cite = quote.url;
  block.classList.toggle('is-long', quote.text.length > LONG_LENGTH);
  block.append(words);

  figure.append(block);
  if (quote.text.length > CLAMPED_LENGTH) figure.append(clamp(words));
  figure.append(createCaption(quote));
  item.append(figure);
  return item;
}

/**
 * The line that marks a gap.
 *
 * @param {string} reason as the `gap` event gives it
 */
export function createGapItem(reason) {
  const item = document.createElement('li');
  item.className = 'gap';
  item.textContent = `Some quotes may be missing here: ${GAP_REASONS.get(reason) ?? reason}.`;
  return item;
}

/** @param {Quote} quote */
function createCaption({ author, source, url, scrapedAt, tags }) {
  const caption = document.createElement('figcaption');

  const name = createText('p', 'author', author === '' ? 'Unknown author' : author);
  name.dir = 'auto';
  name.classList.toggle('is-unknown', author === '');

  const found = createText('p', 'found', '');
  found.append(createSource(source, url), ' · ', createTime(scrapedAt));
  caption.append(name, found);

  if (tags.length > 0) {
    const list = createText('ul', 'tags', '');
    list.ariaLabel = 'Tags';
    list.append(...tags.map((tag) => createText('li', 'tag', tag)));
    found.after(list);
  }
  return caption;
}

/**
 * @param {string} source
 * @param {string} url
 */
function createSource(source, url) {
  if (!isWebAddress(url)) return createText('span', 'source', source);
  const link = document.createElement('a');
  link.className = 'source';
  link.href = url;
  link.rel = 'noopener noreferrer';
  link.textContent = source;
  return link;
}

/** @param {HTMLElement} words */
function clamp(words) {
  words.classList.add('is-clamped');
  const unfold = document.createElement('button');
  unfold.type = 'button';
  unfold.className = 'unfold';
  unfold.textContent = 'Show all of it';
  unfold.addEventListener('click', () => {
    const isClamped = words.classList.toggle('is-clamped');
    unfold.textContent = isClamped ? 'Show all of it' : 'Show less';
  });
  return unfold;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {string} className
 * @param {string} text
 */
function createText(name, className, text) {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

/** @param {string} url */
function isWebAddress(url) {
  return URL.canParse(url) && /^https?:$/u.test(new URL(url).protocol);
}
