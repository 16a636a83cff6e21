import { timeOf } from './relative-time.js';

/** @import { GapPart, QuotePart } from '../types.d.ts' */

const LONG_LENGTH = 240;
const CLAMPED_LENGTH = 900;

const GAP_REASONS = new Map([
  ['expired', 'they left the history before this page could catch up'],
  ['other-log', 'the log they were kept in was replaced'],
  ['unknown', 'the server doesn’t know the place where this page left off'],
  ['malformed', 'the server couldn’t read the place where this page left off'],
]);

/**
 * The item of a quote in the feed.
 *
 * @type {QuotePart}
 */
export function quoteItem(make, quote, times) {
  // n.b. focusable for the keys j and k only
  const attributes = { class: 'quote', 'data-id': quote.id, tabindex: '-1' };
  return make('li', attributes, quoteFigure(make, quote, times));
}

/**
 * The words of a quote and what is known of them.
 *
 * @type {QuotePart}
 */
export function quoteFigure(make, quote, times) {
  const { text } = quote;
  const isClamped = text.length > CLAMPED_LENGTH;
  const mark = /^[“"„«]/u.test(text) ? ' has-mark' : '';
  const block = make(
    'blockquote',
    { class: text.length > LONG_LENGTH && 'is-long', cite: webAddress(quote.url) },
    make('p', { class: `text${mark}${isClamped ? ' is-clamped' : ''}` }, text),
  );
  const unfold = { type: 'button', class: 'plain unfold', 'aria-expanded': 'false' };
  return make(
    'figure',
    // the words decide, so that the caption stands on the same side
    { dir: 'auto' },
    block,
    isClamped ? make('button', unfold, 'Show all of it') : undefined,
    caption(make, quote, times),
  );
}

/** @type {QuotePart} */
function caption(make, { id, author, tags, source, link, url, scrapedAt }, times) {
  /** @param {'source' | 'author' | 'tag'} name @param {string} value */
  const filter = (name, value) =>
    make('a', { href: `/?${new URLSearchParams({ [name]: value })}` }, make('bdi', {}, value));
  const page = webAddress(link ?? url);
  const original = { class: 'plain', href: page, rel: 'noopener noreferrer' };
  const action = { type: 'button', class: 'plain needs-script' };
  return make(
    'figcaption',
    {},
    make(
      'div',
      { class: 'sides' },
      author === ''
        ? make('p', { class: 'author is-unknown' }, 'Unknown author')
        : make('p', { class: 'author' }, filter('author', author)),
      make('a', { class: 'when', href: `/quotes/${id}` }, timeOf(make, scrapedAt, times)),
    ),
    make('span', { class: 'source' }, filter('source', source)),
    tags.length === 0
      ? undefined
      : make(
          'ul',
          { class: 'tags', 'aria-label': 'Tags' },
          ...tags.map((tag) => make('li', {}, filter('tag', tag))),
        ),
    page === undefined ? undefined : make('a', original, 'Original'),
    make('button', { ...action, 'data-action': 'share' }, 'Share'),
    // last, since its words change
    make('button', { ...action, 'data-action': 'copy' }, 'Copy link'),
  );
}

/**
 * The line that marks a gap.
 *
 * @type {GapPart}
 */
export function gapItem(make, reason) {
  const why = GAP_REASONS.get(reason) ?? reason;
  return make('li', { class: 'gap' }, `Some quotes may be missing here: ${why}.`);
}

/** @param {string} url */
function webAddress(url) {
  return URL.canParse(url) && /^https?:$/u.test(new URL(url).protocol) ? url : undefined;
}
