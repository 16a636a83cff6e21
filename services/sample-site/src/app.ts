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

export interface SampleSiteDependencies {
  config: SampleSiteConfig;
  logger: Logger;
  metrics: Metrics;
  /** Milliseconds since 1970. Default: the machine's clock. */
  now?: () => number;
}

const HTML = 'text/html; charset=utf-8';

/** Builds the sample site as an app of its own. */
export async function buildSampleSiteApp(dependencies: SampleSiteDependencies): Promise<App> {
  const { http } = dependencies.config;
  const app = await createApp({ title: 'Quotewire sample site', ...dependencies, http });
  await app.register(sampleSite, dependencies);
  return app;
}

/** The sample site, a Fastify plugin for any prefix; its content is a function of the clock. */
export async function sampleSite(
  app: App,
  { config, now = Date.now }: SampleSiteDependencies,
): Promise<void> {
  const root = app.prefix;
  const quotes = () => quotesAt(now(), config.newQuoteMs);

  function sendPage(page: number, request: Request, reply: Reply) {
    const all = quotes();
    if (!isPage(page)) return reply.callNotFound();
    const body = quotesPage(pageOf(all, page), { page, all, root });
    return sendCached(body, { request, reply, type: HTML });
  }

  app.get('/', { schema: { summary: 'The newest quotes, as a page.' } }, (request, reply) =>
    sendPage(1, request, reply),
  );
  app.get<{ Params: { page: string } }>(
    '/page/:page/',
    { schema: { summary: 'A page of older quotes.' } },
    (request, reply) => sendPage(Number(request.params.page), request, reply),
  );
  app.get<{ Params: { tag: string } }>(
    '/tag/:tag/',
    { schema: { summary: 'The quotes with a tag.' } },
    (request, reply) => {
      const all = quotes();
      const tagged = all.filter(({ tags }) => tags.includes(request.params.tag));
      if (tagged.length === 0) return reply.callNotFound();
      return sendCached(plainPage(tagged, { all, root }), { request, reply, type: HTML });
    },
  );
  app.get('/random', { schema: { summary: 'A quote by chance.' } }, (_request, reply) => {
    const all = quotes();
    const index = Math.floor(Math.random() * all.length);
    const body = plainPage(all.slice(index, index + 1), { all, root });
    return reply.header('cache-control', 'no-store').type(HTML).send(body);
  });
  app.get('/js/', { schema: { summary: 'Quotes in a script.' } }, (request, reply) =>
    sendCached(scriptPage(pageOf(quotes(), 1), { root }), { request, reply, type: HTML }),
  );
  const querystring = Type.Object({ page: Type.Optional(Type.String()) });
  const schema = { summary: 'A page of quotes as JSON.', querystring };
  app.get('/api/quotes', { schema }, (request, reply) => {
    const page = Number(request.query.page ?? 1);
    if (!isPage(page)) return reply.callNotFound();
    const list = pageOf(quotes(), page).map(({ text, author, tags }) => ({
      author: { name: author },
      tags,
      text: inQuoteMarks(text),
    }));
    const body = JSON.stringify({ has_next: page < PAGES, page, quotes: list, tag: null });
    return sendCached(body, { request, reply, type: 'application/json; charset=utf-8' });
  });
  app.get('/robots.txt', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/plain').send('User-agent: *\nDisallow:\n'),
  );
  app.get('/style.css', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/css').send(styleSheet),
  );
}

function isPage(page: number): boolean {
  return Number.isInteger(page) && page >= 1 && page <= PAGES;
}
