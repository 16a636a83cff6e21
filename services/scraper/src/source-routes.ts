import {
  type App,
  explainInvalid,
  httpError,
  prefersHtml,
  requireToken,
  requireTokenOrLoopback,
  sendHtml,
  servePages,
} from '@quotewire/service';
import { type LiveSources, type Source, SourcesError } from '@quotewire/sources';
import { addSource, AddSourceError } from '@quotewire/sources/add-source';
import { Type } from 'typebox';
import type { ScraperConfig } from './config.ts';
import type { SourceStates } from './source-states.ts';
import type { Trial } from './trial.ts';
import { Turns } from './turns.ts';

export interface SourceRoutesParts {
  config: ScraperConfig;
  states: SourceStates;
  live: LiveSources | undefined;
  sourceNamed: (name: string) => Source | undefined;
  trial: Trial;
}

const strict = { additionalProperties: false };
const Propose = Type.Object({ url: Type.String() }, strict);
const Entry = Type.Object({ source: Type.Object({ name: Type.String() }) }, strict);
/** Concurrent trials of all addresses. */
const MAX_TRIALS = 4;

/** The page and the API of the sources. */
export async function sourceRoutes(
  app: App,
  { config, states, live, sourceNamed, trial }: SourceRoutesParts,
): Promise<void> {
  const page = await servePages(app, {
    folder: new URL('../public/', import.meta.url),
    assets: '/sources/assets/',
    files: { 'index.html': 'sources' },
    http: config.http,
  });
  const turns = new Turns(MAX_TRIALS);
  const guarded = { onRequest: requireTokenOrLoopback(config.adminToken) };

  app.get(
    '/sources',
    { schema: { summary: 'Each source and how it is doing.' } },
    (request, reply) => {
      void reply.header('vary', 'accept');
      if (prefersHtml(request)) return sendHtml(reply, page('index.html'));
      return { sources: states.view(), ...(live && { sourcesFile: live.view() }) };
    },
  );
  app.post(
    '/sources/:name/preview',
    {
      onRequest: requireToken(config.adminToken, config.http),
      schema: {
        summary: 'Fetch a source and show what would be published. Publishes nothing.',
        params: Type.Object({ name: Type.String() }),
      },
    },
    async ({ params: { name } }) => {
      const source = sourceNamed(name);
      if (source === undefined)
        throw httpError(404, `there's no source "${name}"; see GET /sources`);
      return trial.preview(source);
    },
  );
  app.post(
    '/sources/propose',
    {
      ...guarded,
      schema: { summary: 'Propose an entry for a page. Publishes nothing.', body: Propose },
      schemaErrorFormatter: naming('{"url": "https://example.org/quotes"}'),
    },
    async ({ ip, body }) => turns.take(ip, () => trial.propose(body.url)),
  );
  const entryForm = '{"source": {…}}, an entry of the sources file with its name';
  app.post(
    '/sources/try',
    {
      ...guarded,
      schema: { summary: 'Show what an entry would publish. Publishes nothing.', body: Entry },
      schemaErrorFormatter: naming(entryForm),
    },
    async ({ ip, body }) => turns.take(ip, () => trial.try(body.source)),
  );
  app.post(
    '/sources',
    {
      ...guarded,
      schema: { summary: 'Add an entry to the sources file.', body: Entry },
      schemaErrorFormatter: naming(entryForm),
    },
    async (request, reply) => {
      const { source } = request.body;
      trial.parse(source);
      await addSource(source, config.sources).catch((cause: unknown) => {
        const isAnswer = cause instanceof AddSourceError || cause instanceof SourcesError;
        throw isAnswer ? httpError(409, cause.message, { cause }) : cause;
      });
      await live?.refresh();
      request.log.info({ source: source.name, path: config.sources.path }, 'added a source');
      return reply.code(201).send({ name: source.name, path: config.sources.path });
    },
  );
}

/** Creates a formatter of the errors of a body, which says what the body must be. */
function naming(form: string): typeof explainInvalid {
  return (errors, part) => new Error(`${explainInvalid(errors, part).message}: send ${form}`);
}
