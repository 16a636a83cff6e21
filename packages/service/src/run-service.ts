import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import type { HttpConfig } from './http-settings.ts';
import type { App } from './create-app.ts';
import { createLogger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { Environment } from './settings.ts';

/** Hosting platforms kill a process 30 s after SIGTERM. */
const CLOSE_DEADLINE_MS = 28_000;

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
  }) => Promise<BuiltService>;
}

/**
 * Runs a service as a process: listens, and on SIGTERM or SIGINT closes the app, which finishes the
 * work in progress, and then its dependencies. A failed start prints the error and exits with code 1.
 */
export async function runService<Config extends { readonly http: HttpConfig }>({
  name,
  loadConfig,
  build,
}: ServiceOptions<Config>): Promise<void> {
  try {
    const config = loadConfig(process.env);
    const logger = createLogger({ name, level: config.http.logLevel });
    const { app, closeFirst, closeLast } = await build({
      config,
      logger,
      metrics: createMetrics(),
    });
    closeOnSignal(logger, async () => {
      closeFirst?.();
      await app.close();
      await closeLast();
    });
    await listen(app, config.http);
    warnOfOpenPaths(logger, config);
  } catch (error) {
    exitWithMessage(name, error);
  }
}

/** Warns of what a process that listens beyond this machine allows without a token. `adminToken` is absent where no request needs one. */
export function warnOfOpenPaths(
  logger: Logger,
  { http, ...config }: { readonly http: HttpConfig; readonly adminToken?: string | undefined },
): void {
  if (['127.0.0.1', '::1', 'localhost'].includes(http.host)) return;
  if ('adminToken' in config && config.adminToken === undefined) {
    logger.warn(
      'ADMIN_TOKEN is not set: POST requests are accepted from all private addresses, and refused from others',
    );
  }
  if (http.metricsToken === undefined) {
    logger.info(
      'METRICS_TOKEN is not set: all private addresses may read GET /metrics, and no others',
    );
  }
}

/** Listens; throws an error that names the fix. */
export async function listen(
  app: App,
  { host, port }: { host: string; port: number },
): Promise<string> {
  try {
    // room for a storm of reconnecting browsers; the kernel bounds the backlog
    return await app.listen({
      host,
      port,
      backlog: 4_096,
      listenTextResolver: (address) => `listening at ${address}`,
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const fix: Record<string, string> = {
      EADDRINUSE: 'is in use: stop the other process, or choose another port',
      EACCES: 'needs more privileges than this process has: choose a port from 1024 on',
      EADDRNOTAVAIL: "isn't an address of this machine: set HOST to one that is",
      ENOTFOUND: "isn't an address of this machine: set HOST to one that is",
    };
    throw new Error(
      `${host}:${port} ${fix[code ?? ''] ?? `is not available: ${(cause as Error).message}`}`,
      { cause },
    );
  }
}

/** Closes the process gracefully on a signal, and by force after a deadline. */
export function closeOnSignal(logger: Logger, close: () => Promise<void>): void {
  closeWithGrace({ delay: CLOSE_DEADLINE_MS, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'closing after an uncaught error');
    else logger.info({ signal }, 'closing');
    await close();
    logger.info('closed');
  });
}

/** Prints an error, a line for each problem, and exits with code 1. */
export function exitWithMessage(name: string, error: unknown): never {
  const message = error instanceof Error ? error.message || error.name : String(error);
  process.stderr.write(`quotewire ${name}: ${message.replaceAll('\n', `\nquotewire ${name}: `)}\n`);
  process.exit(1);
}
