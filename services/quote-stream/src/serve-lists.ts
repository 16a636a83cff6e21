import { Quote, SourceStatus } from '@quotewire/events';
import {
  type App,
  httpError,
  type HttpConfig,
  prefersHtml,
  type Reply,
  type Request,
  sendHtml,
  servePages,
} from '@quotewire/service';
import { Type } from 'typebox';
import { originOf, pairsOf } from './addresses.ts';
import { atomFeed, type FeedParts, jsonFeed } from './feeds.ts';
import { ListQuery, selectionOf } from './list-query.ts';
import { livePage } from './live-page.ts';
import type { QuoteFeed } from './quote-feed.ts';
import { missingPage, quotePage, refusalPage } from './quote-page.ts';

/** The number of quotes that the live page begins with. */
const PAGE_LENGTH = 30;

const PageQuery = Type.Omit(ListQuery, ['limit']);

const FeedQuery = Type.Omit(ListQuery, ['before']);

const FEEDS: { path: string; type: string; write: (parts: FeedParts) => string }[] = [
  { path: '/quotes.atom', type: 'application/atom+xml; charset=utf-8', write: atomFeed },
  { path: '/quotes.json', type: 'application/feed+json; charset=utf-8', write: jsonFeed },
];

const List = Type.Object({
  quotes: Type.Array(Quote, { description: 'Newest first, as far back as the history reaches.' }),
  sources: Type.Array(SourceStatus),
  cursor: Type.String({
    description: 'The value of lastEventId for a stream that continues this list.',
  }),
  before: Type.Union([Type.String(), Type.Null()], {
    description:
      'The value of before for the next page; null at the end of the history. A request reads a bounded part of the history, so that a page can have fewer quotes than the limit, or none, though older ones match.',
  }),
});

/** An error that a page tells to readers. */
type Refusal = Error & { readonly statusCode?: number; readonly headers?: Record<string, string> };

/** Serves the quotes that the history holds: the live page, lists, and each quote. */
export async function serveLists(
  app: App,
  { http, feed, isFilled }: { http: HttpConfig; feed: QuoteFeed; isFilled: () => boolean },
): Promise<void> {
  const page = await servePages(app, {
    folder: new URL('../public/', import.meta.url),
    assets: '/quotes/assets/',
    files: { 'index.html': 'live', 'quote.html': 'live', 'console.html': 'console' },
    http,
  });
  const refuseUntilFilled = () => {
    if (isFilled()) return;
    const message = 'the quotes are still being read from the log: try again in a moment';
    throw Object.assign(httpError(503, message), { headers: { 'retry-after': '1' } });
  };
  const pageAddress = http.pageAddress ?? (() => undefined);
  const list = async (request: Request, query: ListQuery) => {
    const selection = selectionOf(query);
    // n.b. the cursor of an empty list would replay the whole history
    refuseUntilFilled();
    return feed.list(selection, { ...query, isWanted: () => !request.socket.destroyed });
  };

  app.get(
    '/',
    {
      schema: { hide: true, querystring: PageQuery },
      errorHandler(error, request, reply) {
        const { statusCode = 500, headers = {} } = error as Refusal;
        if (![400, 503].includes(statusCode) || !prefersHtml(request)) throw error;
        void reply.code(statusCode).headers(headers).header('vary', 'accept');
        void sendHtml(reply as Reply, refusalPage(page('quote.html'), error.message));
      },
    },
    async (request, reply) => {
      const query = { ...request.query, limit: PAGE_LENGTH };
      const html = page('index.html');
      const listed = await list(request, query);
      return sendHtml(reply, livePage({ html, query, list: listed, pageAddress }));
    },
  );
  app.get('/console', { schema: { hide: true } }, (_request, reply) =>
    sendHtml(reply, page('console.html')),
  );
  app.get(
    '/quotes',
    { schema: { summary: 'The newest quotes.', querystring: ListQuery, response: { 200: List } } },
    (request) => list(request, request.query),
  );
  for (const { path, type, write } of FEEDS) {
    const schema = { summary: 'The newest quotes as a feed.', querystring: FeedQuery };
    app.get(path, { schema }, async (request, reply) => {
      const { quotes } = await list(request, request.query);
      void reply.type(type).header('cache-control', 'no-cache');
      return write({ quotes, pairs: pairsOf(request.query), origin: originOf(request) });
    });
  }
  app.get(
    '/quotes/:id',
    {
      schema: {
        summary: 'A quote: a page for browsers.',
        params: Type.Object({ id: Type.String() }),
        response: { 200: Quote },
      },
    },
    async (request, reply) => {
      refuseUntilFilled();
      const { id } = request.params;
      const quote = feed.quote(id);
      const html = prefersHtml(request) ? page('quote.html') : undefined;
      void reply.header('vary', 'accept');
      if (html === undefined) {
        if (quote !== undefined) return quote;
        throw httpError(404, `the history holds no quote ${id} (any longer)`);
      }
      if (quote === undefined) return sendHtml((reply as Reply).code(404), missingPage(html));
      return sendHtml(reply, quotePage({ html, quote, origin: originOf(request) }));
    },
  );
}
