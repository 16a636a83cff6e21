import type { Quote, SourceStatus } from '@quotewire/events';
import type { PageAddress } from '@quotewire/service';
import { quoteItem } from '../public/assets/quote-card.js';
import { createTimes, timeOf } from '../public/assets/relative-time.js';
import { countOf, sourceItems } from '../public/assets/source-list.js';
import { pairsOf, pathWith } from './addresses.ts';
import { fillPage, Html, join, makeHtml as make } from './html.ts';
import type { ListQuery } from './list-query.ts';

/** The times in pages before a script puts them into the reader's locale. */
export const PAGE_TIMES = createTimes('en', 'UTC');

export interface LivePageParts {
  /** The page with its places. */
  readonly html: string;
  readonly query: ListQuery;
  readonly list: {
    readonly quotes: Quote[];
    readonly sources: SourceStatus[];
    readonly cursor: string;
    readonly before: string | null;
  };
  readonly pageAddress: PageAddress;
}

/** Writes the live page: the listed quotes, what they are filtered by, and the cursor from which the page's stream continues. */
export function livePage({ html, query, list, pageAddress }: LivePageParts): string {
  const pairs = pairsOf(query);
  const isOlder = query.before !== undefined;
  const { quotes, sources, cursor, before } = list;
  const olderHref = before === null ? undefined : pathWith('/', [...pairs, ['before', before]]);
  return fillPage(html, {
    title: titleOf(pairs),
    head: join([
      alternate('atom', pairs),
      alternate('json', pairs),
      script(isOlder ? 'quote.js' : 'live.js'),
    ]),
    connection: make(
      'p',
      { id: 'connection', class: 'state', role: 'status' },
      make('span', { id: 'state' }, isOlder ? 'Older quotes' : 'Connecting'),
      // for the eye only: a screen reader would read it out every second
      make('span', { id: 'countdown', 'aria-hidden': 'true' }),
    ),
    pause: isOlder ? '' : PAUSE,
    keys: isOlder ? '' : KEYS,
    search: searchForm(query),
    chips: chips(pairs, { isOlder }),
    state: make(
      'aside',
      { 'aria-label': 'State' },
      isOlder ? undefined : systemLine(quotes[0], pageAddress('timer')),
      make(
        'details',
        { id: 'sources', 'data-statuses': JSON.stringify(sources) },
        make('summary', { id: 'source-count' }, countOf(sources)),
        make('ul', { id: 'source-list' }, ...sourceItems(make, sources, PAGE_TIMES)),
      ),
    ),
    feed: make(
      'ol',
      {
        id: 'feed',
        class: 'feed',
        'aria-labelledby': 'feed-heading',
        'data-cursor': cursor,
        'data-before': before ?? undefined,
      },
      ...quotes.map((quote) => quoteItem(make, quote, PAGE_TIMES)),
    ),
    empty: make(
      'div',
      { id: 'empty', class: 'empty', hidden: quotes.length > 0 },
      ...(pairs.length === 0 && !isOlder ? noQuotes(pageAddress) : noMatches(before)),
    ),
    older: make(
      'a',
      { id: 'older', class: 'button', href: olderHref ?? '/', hidden: before === null },
      'Show older',
    ),
    feeds: join([
      make('a', { href: pathWith('/quotes.atom', pairs) }, 'Atom'),
      new Html(' and '),
      make('a', { href: pathWith('/quotes.json', pairs) }, 'JSON Feed'),
    ]),
    stream: make(
      'a',
      { href: pathWith('/quoteEvent', [...facets(pairs), ['limit', '10']]) },
      '/quoteEvent',
    ),
    list: make('a', { href: pathWith('/quotes', [...pairs, ['limit', '10']]) }, '/quotes'),
  });
}

/** How old the newest quote is; the script adds whether the timer runs. */
function systemLine(newest: Quote | undefined, timer: string | undefined): Html {
  const time = newest ? timeOf(make, newest.scrapedAt, PAGE_TIMES) : 'none yet';
  const age = make('span', {}, 'Newest: ', make('span', { id: 'newest' }, time));
  const link = make('a', { id: 'timer', class: 'state', href: timer, hidden: true });
  return make('p', { class: 'sides' }, age, link);
}

const PAUSE = make('button', { id: 'pause', class: 'needs-script', type: 'button' }, 'Pause');

const key = (name: string) => make('kbd', {}, name);

const KEYS = make(
  'p',
  { class: 'needs-script' },
  make(
    'label',
    {},
    make('input', { id: 'keys', type: 'checkbox', checked: true }),
    ' Keys: ',
    key('j'),
    ' and ',
    key('k'),
    ' move between quotes, ',
    key('/'),
    ' searches, ',
    key('Esc'),
    ' leaves the list',
  ),
);

const script = (file: string) => make('script', { type: 'module', src: `/quotes/assets/${file}` });

const FEED_TYPES = { atom: 'application/atom+xml', json: 'application/feed+json' };

function alternate(format: keyof typeof FEED_TYPES, pairs: [string, string][]): Html {
  return make('link', {
    rel: 'alternate',
    type: FEED_TYPES[format],
    title: titleOf(pairs),
    href: pathWith(`/quotes.${format}`, pairs),
  });
}

/** The name of a selection of quotes. */
export function titleOf(pairs: readonly [string, string][]): string {
  const values = pairs.map(([name, value]) => (name === 'q' ? `“${value}”` : value));
  return values.length === 0 ? 'Quotewire' : `${values.join(', ')} – Quotewire`;
}

const facets = (pairs: [string, string][]) => pairs.filter(([name]) => name !== 'q');

function searchForm(query: ListQuery): Html {
  const kept = facets(pairsOf(query)).map(([name, value]) =>
    make('input', { type: 'hidden', name, value }),
  );
  const field = {
    type: 'search',
    name: 'q',
    id: 'search',
    value: query.q ?? '',
    maxlength: '200',
    placeholder: 'Search the quotes',
    'aria-label': 'Search the quotes',
  };
  return make(
    'form',
    { action: '/', role: 'search' },
    ...kept,
    make('input', field),
    make('button', {}, 'Search'),
  );
}

/** What the page is filtered by: each a link to the page without it. */
function chips(pairs: [string, string][], { isOlder }: { isOlder: boolean }): Html {
  const items = pairs.map(([name, value], index) => {
    const words = name === 'q' ? `“${value}”` : value;
    const label = `Remove the filter ${name === 'q' ? 'search' : name}: ${value}`;
    const href = pathWith('/', pairs.toSpliced(index, 1));
    return make(
      'li',
      {},
      make(
        'a',
        { class: 'chip', href, 'aria-label': label },
        name === 'q' ? undefined : make('span', {}, `${name} `),
        make('bdi', {}, words),
      ),
    );
  });
  if (isOlder) items.push(make('li', {}, make('a', { href: pathWith('/', pairs) }, 'Newest')));
  return items.length === 0
    ? join([])
    : make('ul', { class: 'chips', 'aria-label': 'Filters' }, ...items);
}

function noQuotes(pageAddress: PageAddress): Html[] {
  const link = (page: 'timer' | 'sources', words: string) => {
    const href = pageAddress(page);
    return href === undefined ? new Html(words) : make('a', { href }, words);
  };
  return [
    make('p', { class: 'lead' }, 'No quotes yet.'),
    make(
      'p',
      {},
      'They come when ',
      link('timer', 'the timer'),
      ' runs and ',
      link('sources', 'a source'),
      ' has something new.',
    ),
  ];
}

function noMatches(before: string | null): Html[] {
  const why =
    before === null
      ? 'No quote in the history matches.'
      : 'None of the newest quotes matches. Older ones may.';
  return [make('p', { class: 'lead' }, 'Nothing found.'), make('p', {}, why)];
}
