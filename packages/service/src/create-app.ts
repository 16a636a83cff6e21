import accepts from '@fastify/accepts';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import etag from '@fastify/etag';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { refuseForeignOrigins, requireMetricsToken } from './guards.ts';
import { explainInvalid, refuseUnknownParameters } from './explain-invalid.ts';
import { httpError } from './http-error.ts';
import type { HttpConfig } from './http-settings.ts';
import { limitIdleConnections, MAX_IDLE } from './limit-idle-connections.ts';
import { countRequests } from './count-requests.ts';
import { type Metrics, VERSION } from './metrics.ts';
import { serveDocs, serveSharedFiles } from './serve-pages.ts';
import { shareOf } from './worker-settings.ts';
import type { Workers } from './workers/worker-link.ts';

/** A Fastify app whose routes are typed by their TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface AppOptions {
  /** The title of the API document. */
  title: string;
  http: HttpConfig;
  logger: FastifyBaseLogger;
  metrics: Metrics;
  /** Where `/` leads in a process whose own page is somewhere else. Default: `/` belongs to a service. */
  home?: string;
  /** The other workers, for which `/readyz` and `/metrics` answer too. Default: none. */
  workers?: Workers | undefined;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Adds the reasons why the process isn't ready, a sentence each; none when it is. */
    addReadinessCheck(problems: () => string[]): void;
  }
}

/**
 * Creates the Fastify app of a process, which hosts one service or several: `/livez`, `/readyz`,
 * `/metrics`, `/openapi.json` and `/docs`, what pages share, security headers, limits, compression, entity
 * tags, and errors as JSON. The app doesn't listen.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { title, http, logger, metrics, home, workers } = options;
  const app: App = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    // reject unknown properties, which are misspelt ones
    ajv: { customOptions: { removeAdditional: false, verbose: true } },
    schemaErrorFormatter: explainInvalid,
    // longer than the keep-alive of a proxy: Heroku's router waits 90 s
    keepAliveTimeout: 95_000,
    // bounds the request only, not an open stream
    requestTimeout: 30_000,
    http: { headersTimeout: 15_000 },
    forceCloseConnections: true,
    // n.b. pluginTimeout bounds preClose hooks too, and streams take longer to drain; closeOnSignal bounds the shutdown
    pluginTimeout: 0,
    // n.b. an EventSource never reconnects after a 503, and an orchestrator kills a process whose /livez answers 503
    return503OnClosing: false,
    // n.b. only the last address in X-Forwarded-For is trustworthy: the proxy added it
    trustProxy: http.trustProxy ? (_address: string, hop: number) => hop === 0 : false,
  }).withTypeProvider<TypeBoxTypeProvider>();

  let isDraining = false;
  app.addHook('preClose', async () => {
    isDraining = true;
  });
  app.addHook('onRequest', refuseForeignOrigins(http.corsOrigins));
  app.addHook('preValidation', async (request) => {
    // a POST without a body has no options
    if (request.method === 'POST') request.body ??= {};
  });
  app.addHook('onRoute', refuseUnknownParameters);
  useJsonOnly(app);
  useClearErrors(app);
  countRequests(app, metrics);
  if (!http.trustProxy) limitIdleConnections(app, { max: shareOf(MAX_IDLE, http.workers ?? 1) });

  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: { styleSrc: ["'self'"], fontSrc: ["'self'"], upgradeInsecureRequests: null },
    },
    // the proxy terminates TLS and sets this header
    strictTransportSecurity: false,
  });
  if (http.corsOrigins.length > 0) await app.register(cors, { origin: [...http.corsOrigins] });
  app.addHook('onRoute', (route) => {
    if (route.method === 'POST')
      route.config = { rateLimit: { max: 120, timeWindow: 60_000 }, ...route.config };
  });
  await app.register(rateLimit, { global: false });
  await app.register(accepts);
  // before compression, so that a tag is of the content; n.b. a weak one holds for all encodings
  await app.register(etag, { weak: true });
  await app.register(compress, { encodings: ['br', 'gzip'] });
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title, version: VERSION } } });

  const checks: (() => string[])[] = [];
  app.decorate('addReadinessCheck', (problems) => void checks.push(problems));
  await serveSharedFiles(app);
  await serveDocs(app, http);

  const hidden = { schema: { hide: true } };
  app.get('/livez', hidden, () => ({ status: 'ok' }));
  const ownProblems = () => (isDraining ? ['closing'] : checks.flatMap((problems) => problems()));
  workers?.reportProblems(ownProblems);
  app.get('/readyz', hidden, async (_request, reply) => {
    const found = workers === undefined ? ownProblems() : await workers.problems();
    return found.length === 0
      ? { status: 'ok' }
      : reply.code(503).send({ status: 'unavailable', problems: found });
  });
  app.get(
    '/metrics',
    { ...hidden, onRequest: requireMetricsToken(http) },
    async (_request, reply) => {
      void reply.type(metrics.contentType);
      return workers === undefined ? metrics.text() : workers.metrics();
    },
  );
  app.get('/openapi.json', hidden, () => app.swagger());
  if (home !== undefined) app.get('/', hidden, (_request, reply) => reply.redirect(home));
  return app;
}

function useJsonOnly(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body as string, done);
  });
}

function useClearErrors(app: App): void {
  app.setNotFoundHandler(({ method, url }) => {
    throw httpError(404, `there's no ${method} ${url}`);
  });
  app.setErrorHandler(
    (error: FastifyError & { headers?: Record<string, string> }, request, reply) => {
      const { statusCode = 500 } = error;
      if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
        error.message = 'the body must be JSON: send content-type: application/json';
      }
      if (statusCode < 500) return reply.send(error);
      void reply.headers(error.headers ?? {});
      request.log[statusCode === 500 ? 'error' : 'warn']({ err: error }, 'a request failed');
      const message = statusCode === 500 ? 'internal error; see the log' : error.message;
      return reply.code(statusCode).send({ statusCode, error: error.name, message });
    },
  );
}
