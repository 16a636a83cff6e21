import type { Quote } from '@quotewire/events';
import { quoteFigure } from '../public/assets/quote-card.js';
import { fillPage, join, makeHtml as make } from './html.ts';
import { PAGE_TIMES } from './live-page.ts';

const DESCRIPTION_LENGTH = 300;
const TITLE_LENGTH = 80;

/** Writes the page of one quote, with what sites show of it that get its link. */
export function quotePage({
  html,
  quote,
  origin,
}: {
  html: string;
  quote: Quote;
  origin: string;
}): string {
  const { id, text, author, image } = quote;
  const url = `${origin}/quotes/${id}`;
  const title = titleOfQuote(quote);
  const properties = {
    'og:type': 'article',
    'og:site_name': 'Quotewire',
    'og:title': author === '' ? title : `${title} – ${author}`,
    'og:description': shorten(text, DESCRIPTION_LENGTH),
    'og:url': url,
    ...(image !== undefined && { 'og:image': image }),
  };
  return fillPage(html, {
    title,
    head: join([
      make('link', { rel: 'canonical', href: url }),
      ...Object.entries(properties).map(([property, content]) =>
        make('meta', { property, content }),
      ),
      make('script', { type: 'module', src: '/quotes/assets/quote.js' }),
    ]),
    quote: make(
      'article',
      { class: 'quote' },
      quoteFigure(make, quote, { ...PAGE_TIMES, ago: PAGE_TIMES.exact }),
    ),
  });
}

/** Writes the page for an id that the history doesn't hold. */
export function missingPage(html: string): string {
  return errorPage(html, {
    title: 'No such quote',
    lead: 'This quote isn’t here.',
    why: 'The history holds the newest quotes only, and drops the oldest ones as new ones come.',
  });
}

/** Writes the page for an address with a query that the service refuses, for this reason. */
export function refusalPage(html: string, reason: string): string {
  const why = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
  return errorPage(html, { title: 'Bad request', lead: 'This address has a mistake.', why });
}

function errorPage(
  html: string,
  { title, lead, why }: { title: string; lead: string; why: string },
): string {
  return fillPage(html, {
    title,
    head: make('meta', { name: 'robots', content: 'noindex' }),
    quote: make('div', { class: 'empty' }, make('p', { class: 'lead' }, lead), make('p', {}, why)),
  });
}

/** The title of a quote, else its first words, on one line. */
export function titleOfQuote({ title, text }: Pick<Quote, 'title' | 'text'>): string {
  return shorten(title ?? text, TITLE_LENGTH);
}

/** Shortens a text at the end of a word. */
function shorten(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= length) return line;
  const cut = line.slice(0, length).toWellFormed();
  return `${cut.replace(/\s\S*$/, '')}…`;
}
