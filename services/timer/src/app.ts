import { type Bus, BusError } from '@quotewire/bus';
import {
  type App,
  createApp,
  type Metrics,
  requireToken,
  servePages,
  type Logger,
} from '@quotewire/service';
import type { Source } from '@quotewire/sources';
import { Type } from 'typebox';
import type { TimerConfig } from './config.ts';
import { Timer } from './timer.ts';

export interface TimerParts {
  config: TimerConfig;
  bus: Bus;
  sources: readonly Source[];
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
} as const;

/** The timer: begins to work when it listens, and ticks no more when it closes. */
export async function buildTimerApp({
  config,
  bus,
  sources,
  logger,
  metrics,
}: TimerParts): Promise<App> {
  const app = await createApp({
    title: 'Quotewire timer',
    http: config.http,
    logger,
    metrics,
    problems: () => bus.problems(),
  });
  const count = metrics.counters(timerCounters);
  const timer = new Timer({
    bus,
    sources,
    autostart: config.autostart,
    logger,
    onRepeatedSlot: () => count('timer_slots_repeated_total', {}),
  });
  app.addHook('onListen', () => {
    timer.open().catch((err: unknown) => {
      if (!(err instanceof BusError && err.code === 'CLOSED'))
        logger.error({ err }, 'the timer could not start');
    });
  });
  app.addHook('preClose', () => timer.close());

  await servePages(app, new URL('../public/', import.meta.url));
  app.get('/timer', { schema: { summary: "The timer's state." } }, () => timer.view());

  const onRequest = requireToken(config.adminToken);
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
      const source = sources.find((candidate) => candidate.name === name);
      if (source === undefined) {
        return reply
          .code(404)
          .send(problem(404, 'Not Found', `there's no source "${name}"; see GET /timer`));
      }
      if (!source.enabled) {
        return reply
          .code(409)
          .send(
            problem(
              409,
              'Conflict',
              `source "${name}" is disabled: set "enabled": true in ${config.sources.path}`,
            ),
          );
      }
      return reply.code(202).send({ jobs: await orUnavailable(timer.tick([source])) });
    },
  );
  return app;
}

function problem(statusCode: number, error: string, message: string) {
  return { statusCode, error, message };
}

/** A broker that's away is no fault of the request: 503. */
async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof BusError ? Object.assign(error, { statusCode: 503 }) : error;
  }
}
