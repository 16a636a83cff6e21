import { type Bus, BusError } from '@quotewire/bus';
import {
  type App,
  createApp,
  httpError,
  type Metrics,
  prefersHtml,
  requireToken,
  sendHtml,
  servePages,
  type Logger,
} from '@quotewire/service';
import type { LiveSources, Source } from '@quotewire/sources';
import { Type } from 'typebox';
import type { TimerConfig } from './config.ts';
import { exposeTimer } from './expose-timer.ts';
import { Timer } from './timer.ts';

export interface TimerDependencies {
  config: TimerConfig;
  bus: Bus;
  sources: readonly Source[];
  /** Follows the edits of the sources file; without it the sources are fixed. */
  live?: LiveSources;
  logger: Logger;
  metrics: Metrics;
}

const Start = Type.Object(
  { intervalSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400 })) },
  { additionalProperties: false },
);
const Nothing = Type.Object({}, { additionalProperties: false });
const Tick = Type.Object({ source: Type.Optional(Type.String()) }, { additionalProperties: false });

const timerCounters = {
  timer_slots_repeated_total: {
    help: 'Slots for which two timers ticked, one of which had just lost the lead.',
    labels: [],
  },
  timer_slots_skipped_total: {
    help: 'Slots whose tick the broker refused until the next one was due.',
    labels: [],
  },
} as const;

/** Builds the timer as an app of its own. */
export async function buildTimerApp(dependencies: TimerDependencies): Promise<App> {
  const { http } = dependencies.config;
  const app = await createApp({ title: 'Quotewire timer', ...dependencies, http, home: '/timer' });
  await app.register(timerService, dependencies);
  return app;
}

/** The timer, a Fastify plugin; it runs from listening until closing. */
export async function timerService(
  app: App,
  { config, bus, sources, live, logger, metrics }: TimerDependencies,
): Promise<void> {
  const count = metrics.counters(timerCounters);
  const timer = new Timer({
    bus,
    sources,
    autostart: config.autostart,
    logger,
    onRepeatedSlot: () => count('timer_slots_repeated_total', {}),
    onSkippedSlot: () => count('timer_slots_skipped_total', {}),
  });
  live?.follow(sources, (now) => timer.replaceSources(now));
  app.addReadinessCheck(() => [...bus.problems(), ...timer.problems()]);
  exposeTimer(timer, metrics);
  app.addHook('onListen', () => {
    timer.open().catch((err: unknown) => {
      if (!(err instanceof BusError && err.code === 'CLOSED'))
        logger.error({ err }, 'the timer could not start');
    });
  });
  app.addHook('preClose', () => timer.close());

  const page = await servePages(app, {
    folder: new URL('../public/', import.meta.url),
    assets: '/timer/assets/',
    files: { 'index.html': 'timer' },
    http: config.http,
  });
  app.get('/timer', { schema: { summary: "The timer's state." } }, (request, reply) => {
    void reply.header('vary', 'accept');
    if (prefersHtml(request)) return sendHtml(reply, page('index.html'));
    return { ...timer.view(), ...(live && { sourcesFile: live.view() }) };
  });

  const guard = requireToken(config.adminToken, config.http);
  const onRequest: typeof guard = async (request, reply) => {
    await guard(request, reply);
    // n.b. else the request would wait for the confirm for 30 s, as long as Heroku's router does
    if (bus.status().connections.some(({ isBlocked }) => isBlocked)) {
      throw httpError(503, 'the broker accepts no events: it is short of memory or disk');
    }
  };
  app.post(
    '/timer/start',
    { onRequest, schema: { summary: 'Start.', body: Start } },
    async (request, reply) => {
      const { intervalSeconds } = request.body;
      const view = await orUnavailable(
        timer.start(intervalSeconds === undefined ? {} : { intervalSeconds }),
      );
      return reply.code(202).send(view);
    },
  );
  app.post(
    '/timer/stop',
    { onRequest, schema: { summary: 'Stop.', body: Nothing } },
    async (_request, reply) => reply.code(202).send(await orUnavailable(timer.stop())),
  );
  app.post(
    '/timer/tick',
    { onRequest, schema: { summary: 'Tick now.', body: Tick } },
    async (request, reply) => {
      const { source: name } = request.body;
      if (name === undefined)
        return reply.code(202).send({ jobs: await orUnavailable(timer.tick()) });
      const source = (live?.current ?? sources).find((candidate) => candidate.name === name);
      if (source === undefined) throw httpError(404, `there's no source "${name}"; see GET /timer`);
      if (!source.enabled) {
        throw httpError(
          409,
          `source "${name}" is disabled: set "enabled": true in ${config.sources.path}`,
        );
      }
      return reply.code(202).send({ jobs: await orUnavailable(timer.tick([source])) });
    },
  );
}

/** Turns an error of the broker into a 503. */
async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof BusError ? httpError(503, error.message, { cause: error }) : error;
  }
}
