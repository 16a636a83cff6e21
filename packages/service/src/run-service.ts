import cluster from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import type { HttpConfig } from './http-settings.ts';
import type { App } from './create-app.ts';
import { listen, warnOfOpenPaths } from './listen.ts';
import { createLogger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { OpenTelemetry } from './open-telemetry.ts';
import type { Environment } from './settings.ts';
import { startTracing } from './tracing.ts';
import { Supervisor } from './workers/supervisor.ts';
import { readWorkerStart, WorkerLink, type Workers } from './workers/worker-link.ts';

/** Hosting platforms kill a process 30 s after SIGTERM. */
const CLOSE_DEADLINE_MS = 28_000;
/** Between accepting a connection and the first bytes of its request. */
const LAST_REQUESTS_MS = 200;
/** Restarts the workers, one after the other. */
const RESTART_SIGNAL = 'SIGUSR2';
/** Signals that a terminal or a supervisor may send to all processes of a group: the primary acts on them. */
const SIGNALS_OF_GROUP = ['SIGINT', 'SIGHUP', 'SIGQUIT', RESTART_SIGNAL] as const;

/** An app, and the hooks around its closing. */
export interface BuiltService {
  app: App;
  /** Called on a signal, before the app closes. */
  closeFirst?: () => void;
  /** Called after the app has closed. */
  closeLast: () => Promise<void>;
}

export interface ServiceOptions<Config> {
  name: string;
  loadConfig: (env: Environment) => Config;
  /** Builds the app with its dependencies. */
  build: (dependencies: {
    config: Config;
    logger: Logger;
    metrics: Metrics;
    /** The other workers, of several that share the port. */
    workers?: Workers;
    /** Absent unless traces are to be sent. */
    tracing: OpenTelemetry | undefined;
  }) => Promise<BuiltService>;
}

/**
 * Runs a service as a process: listens, and on SIGTERM or SIGINT closes the app, which finishes the
 * work in progress, and then its dependencies. A failed start prints the error and exits with code 1.
 *
 * With several `workers` in its config the process is their primary: it runs each as a process of its
 * own, and replaces them one after the other on SIGUSR2.
 */
export async function runService<Config extends { readonly http: HttpConfig }>(
  options: ServiceOptions<Config>,
): Promise<void> {
  const { name, loadConfig } = options;
  try {
    const config = loadConfig(process.env);
    const { http } = config;
    const logger = createLogger({ name, level: http.logLevel });
    if (cluster.isWorker) await runWorker(options, { config, logger });
    else if ((http.workers ?? 1) > 1) await runPrimary(config, logger);
    else await runAlone(options, { config, logger });
  } catch (error) {
    exitWithMessage(name, error);
  }
}

interface Started<Config> {
  readonly config: Config;
  readonly logger: Logger;
}

async function runAlone<Config extends { readonly http: HttpConfig }>(
  options: ServiceOptions<Config>,
  { config, logger }: Started<Config>,
): Promise<void> {
  const built = await buildTraced(options, { config, logger, metrics: createMetrics() });
  closeOnSignal(logger, () => close(built));
  await listen(built.app, config.http);
  warnOfOpenPaths(logger, config);
}

async function runPrimary(config: { readonly http: HttpConfig }, logger: Logger): Promise<void> {
  const metrics = createMetrics({ worker: 'primary' });
  const supervisor = new Supervisor({ logger, metrics });
  process.on(RESTART_SIGNAL, () => void supervisor.restartAll());
  closeOnSignal(logger, () => supervisor.close(), { skip: [RESTART_SIGNAL] });
  warnOfOpenPaths(logger, config);
  await supervisor.run(config.http.workers ?? 1);
}

async function runWorker<Config extends { readonly http: HttpConfig }>(
  options: ServiceOptions<Config>,
  { config, logger: ofAll }: Started<Config>,
): Promise<void> {
  const { number, waits } = readWorkerStart(process.env);
  const logger = ofAll.child({ worker: number });
  const metrics = createMetrics({ worker: String(number) });
  const link = new WorkerLink({ metrics });
  for (const signal of SIGNALS_OF_GROUP) process.on(signal, () => {});
  const built = await buildTraced(options, { config, logger, metrics, workers: link });
  const { end } = closeOnSignal(
    logger,
    async () => {
      await close(built);
      await link.leave();
    },
    { skip: ['SIGTERM', ...SIGNALS_OF_GROUP] },
  );
  process.once('SIGTERM', end);
  link.onEnd((order) => void (order === 'close' ? end() : retire(built.app, link).then(end)));
  if (waits) {
    await built.app.ready();
    await link.untilItMayListen();
  }
  await listen(built.app, config.http);
  await link.reportReady();
}

/** Builds the app, which sends its last traces after it has closed. */
async function buildTraced<Config>(
  { name, build }: ServiceOptions<Config>,
  dependencies: Omit<Parameters<ServiceOptions<Config>['build']>[0], 'tracing'>,
): Promise<BuiltService> {
  const tracing = await startTracing(process.env, { name, logger: dependencies.logger });
  const built = await build({ ...dependencies, tracing });
  return {
    ...built,
    async closeLast() {
      await built.closeLast();
      await tracing?.close();
    },
  };
}

/** Leaves new connections to the other workers, and waits for the requests on those that it has. */
async function retire(app: App, link: WorkerLink): Promise<void> {
  app.server.close();
  // n.b. once the primary answers, it has sent all connections that it gave to this worker before
  await link.problems();
  await delay(LAST_REQUESTS_MS);
}

async function close({ app, closeFirst, closeLast }: BuiltService): Promise<void> {
  closeFirst?.();
  await app.close();
  await closeLast();
}

/**
 * Closes the process gracefully on a signal, and by force after a deadline. Returns a function that
 * closes it without a signal; further calls do nothing.
 */
export function closeOnSignal(
  logger: Logger,
  closeAll: () => Promise<void>,
  { skip = [] }: { skip?: ('SIGTERM' | (typeof SIGNALS_OF_GROUP)[number])[] } = {},
): { end: () => void } {
  const grace = closeWithGrace({ delay: CLOSE_DEADLINE_MS, logger, skip }, async (why) => {
    const { signal, err } = why;
    if (err) logger.fatal({ err }, 'closing after an uncaught error');
    else logger.info({ signal }, 'closing');
    await closeAll();
    logger.info('closed');
  });
  let isEnding = false;
  const end = () => {
    if (!isEnding) grace.close();
    isEnding = true;
  };
  return { end };
}

/** Prints an error, a line for each problem, and exits with code 1. */
export function exitWithMessage(name: string, error: unknown): never {
  const message = error instanceof Error ? error.message || error.name : String(error);
  process.stderr.write(`quotewire ${name}: ${message.replaceAll('\n', `\nquotewire ${name}: `)}\n`);
  process.exit(1);
}
