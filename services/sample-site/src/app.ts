import {
  type App,
  createApp,
  type Logger,
  type Metrics,
  type Reply,
  type Request,
} from '@quotewire/service';
import { Type } from 'typebox';
import type { SampleSiteConfig } from './config.ts';
import { inQuoteMarks, plainPage, quotesPage, scriptPage, styleSheet } from './pages.ts';
import { pageOf, PAGES, quotesAt } from './quotes.ts';
import { sendCached } from './send-cached.ts';

export interface SampleSiteParts {
  config: SampleSiteConfig;
  logger: Logger;
  metrics: Metrics;
  /** Milliseconds since 1970. Default: the clock. */
  now?: () => number;
}

const PageNumber = Type.Integer({ minimum: 1, maximum: PAGES });

/** The sample site: what it shows is a function of the clock. */
export async function buildSampleSiteApp({
  config,
  logger,
  metrics,
  now = Date.now,
}: SampleSiteParts): Promise<App> {
  const app = await createApp({
    title: 'Quotewire sample site',
    http: config.http,
    logger,
    metrics,
  });
  const quotes = () => quotesAt(now(), config.newQuoteMs);

  function sendPage(page: number, request: Request, reply: Reply) {
    const all = quotes();
    return sendCached(quotesPage(pageOf(all, page), { page, all }), {
      request,
      reply,
      type: 'text/html; charset=utf-8',
    });
  }

  app.get('/', (request, reply) => sendPage(1, request, reply));
  app.get(
    '/page/:page/',
    { schema: { params: Type.Object({ page: PageNumber }) } },
    (request, reply) => sendPage(request.params.page, request, reply),
  );
  app.get(
    '/tag/:tag/',
    { schema: { params: Type.Object({ tag: Type.String() }) } },
    (request, reply) => {
      const all = quotes();
      const tagged = all.filter(({ tags }) => tags.includes(request.params.tag));
      if (tagged.length === 0) return reply.callNotFound();
      return reply.type('text/html; charset=utf-8').send(plainPage(tagged, { all }));
    },
  );
  app.get('/random', (_request, reply) => {
    const all = quotes();
    const index = Math.floor(Math.random() * all.length);
    return reply
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(plainPage(all.slice(index, index + 1), { all }));
  });
  app.get('/js/', (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(scriptPage(pageOf(quotes(), 1))),
  );
  app.get(
    '/api/quotes',
    {
      schema: {
        querystring: Type.Object({
          page: Type.Integer({ minimum: 1, maximum: PAGES, default: 1 }),
        }),
      },
    },
    (request, reply) => {
      const { page } = request.query;
      const list = pageOf(quotes(), page).map(({ text, author, tags }) => ({
        author: { name: author },
        tags,
        text: inQuoteMarks(text),
      }));
      const body = JSON.stringify({ has_next: page < PAGES, page, quotes: list, tag: null });
      return sendCached(body, { request, reply, type: 'application/json; charset=utf-8' });
    },
  );
  app.get('/robots.txt', (_request, reply) =>
    reply.type('text/plain').send('User-agent: *\nDisallow:\n'),
  );
  app.get('/style.css', (_request, reply) => reply.type('text/css').send(styleSheet));
  return app;
}
