import cors from '@fastify/cors';
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
import type { HttpConfig } from './http-settings.ts';
import { refuseForeignOrigins } from './guards.ts';
import type { Metrics } from './metrics.ts';

/** A Fastify app whose routes are typed by their TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface AppOptions {
  /** What the service is, for people: the title of its API document. */
  title: string;
  http: HttpConfig;
  logger: FastifyBaseLogger;
  metrics: Metrics;
  /** Why the service can't do its work right now, a sentence each; empty when it can. */
  problems?: () => string[];
}

/**
 * A Fastify app with what every service has: `/livez`, `/readyz`, `/metrics` and `/openapi.json`,
 * security headers, limits, and errors as JSON that name the thing and the fix. It doesn't listen.
 */
export async function createApp({
  title,
  http,
  logger,
  metrics,
  problems = () => [],
}: AppOptions): Promise<App> {
  const app: App = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    // a misspelt wish is refused, and not taken for none
    ajv: { customOptions: { removeAdditional: false } },
    // what a proxy keeps open must stay open here for longer: Heroku's router waits 90 s
    keepAliveTimeout: 95_000,
    // of the request only: an open stream isn't touched by it
    requestTimeout: 30_000,
    http: { headersTimeout: 15_000 },
    forceCloseConnections: true,
    // n.b. of the addresses in X-Forwarded-For only the last one, which the proxy added, is true
    trustProxy: http.trustProxy ? (_address: string, hop: number) => hop === 0 : false,
  }).withTypeProvider<TypeBoxTypeProvider>();

  let isDraining = false;
  app.addHook('preClose', async () => {
    isDraining = true;
  });
  app.addHook('onRequest', refuseForeignOrigins(http.corsOrigins));
  app.addHook('preValidation', async (request) => {
    // a POST without a body means one without wishes
    if (request.method === 'POST') request.body ??= {};
  });
  useJsonOnly(app);
  useClearErrors(app);

  await app.register(helmet, {
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    // whether there's TLS is the proxy's to say
    strictTransportSecurity: false,
  });
  if (http.corsOrigins.length > 0) await app.register(cors, { origin: [...http.corsOrigins] });
  app.addHook('onRoute', (route) => {
    if (route.method === 'POST')
      route.config = { rateLimit: { max: 120, timeWindow: 60_000 }, ...route.config };
  });
  await app.register(rateLimit, { global: false });
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title, version: '0.1.0' } } });

  const hidden = { schema: { hide: true } };
  app.get('/livez', hidden, () => ({ status: 'ok' }));
  app.get('/readyz', hidden, (_request, reply) => {
    const found = isDraining ? ['closing'] : problems();
    return found.length === 0
      ? { status: 'ok' }
      : reply.code(503).send({ status: 'unavailable', problems: found });
  });
  app.get('/metrics', hidden, async (_request, reply) => {
    void reply.type(metrics.contentType);
    return metrics.text();
  });
  app.get('/openapi.json', hidden, () => app.swagger());
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
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      statusCode: 404,
      error: 'Not Found',
      message: `there's no ${request.method} ${request.url}`,
    }),
  );
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode = 500 } = error;
    if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
      error.message = 'only JSON is taken: send content-type: application/json';
    }
    if (statusCode < 500) return reply.send(error);
    request.log.error({ err: error }, 'a request failed');
    const message =
      statusCode === 500 ? 'something broke here; the log has the details' : error.message;
    return reply.code(statusCode).send({ statusCode, error: error.name, message });
  });
}
