import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import type { HttpConfig } from './http-settings.ts';
import type { App } from './create-app.ts';
import { createLogger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { Environment } from './settings.ts';

/** Hosting platforms kill a process 30 s after they asked it to end. */
const CLOSE_DEADLINE_MS = 28_000;

export interface ServiceParts<Config> {
  name: string;
  loadConfig: (env: Environment) => Config;
  /** Builds the app, and returns with it what has to be closed after it. */
  build: (parts: {
    config: Config;
    logger: Logger;
    metrics: Metrics;
  }) => Promise<{ app: App; closeLast: () => Promise<void> }>;
}

/**
 * Runs a service as a process of its own: listens, and on SIGTERM or SIGINT closes first the app,
 * which finishes the work in hand, and then what it works with. What keeps it from starting is
 * told in one line, with exit code 1.
 */
export async function runService<Config extends { readonly http: HttpConfig }>({
  name,
  loadConfig,
  build,
}: ServiceParts<Config>): Promise<void> {
  try {
    const config = loadConfig(process.env);
    const logger = createLogger({ name, level: config.http.logLevel });
    const { app, closeLast } = await build({ config, logger, metrics: createMetrics() });
    closeOnSignal(logger, async () => {
      await app.close();
      await closeLast();
    });
    await listen(app, config.http);
  } catch (error) {
    exitWithMessage(name, error);
  }
}

/** Listens, or throws an error that says what to do. */
export async function listen(
  app: App,
  { host, port }: { host: string; port: number },
): Promise<string> {
  try {
    // the kernel bounds the backlog; a storm of reconnecting browsers should find room in it
    return await app.listen({
      host,
      port,
      backlog: 4_096,
      listenTextResolver: (address) => `listening at ${address}`,
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const fix: Record<string, string> = {
      EADDRINUSE: 'is taken: stop what listens there, or choose another port',
      EACCES: 'needs more rights than this process has: choose a port from 1024 on',
      EADDRNOTAVAIL: "isn't an address of this machine: set HOST to one that is",
      ENOTFOUND: "isn't an address of this machine: set HOST to one that is",
    };
    throw new Error(
      `${host}:${port} ${fix[code ?? ''] ?? `can't be listened on: ${(cause as Error).message}`}`,
      { cause },
    );
  }
}

/** Closes the process in good order when it's told to end, and by force when that takes too long. */
export function closeOnSignal(logger: Logger, close: () => Promise<void>): void {
  closeWithGrace({ delay: CLOSE_DEADLINE_MS, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'closing after an error that nothing caught');
    else logger.info({ signal }, 'closing');
    await close();
    logger.info('closed');
  });
}

/** Ends the process with what went wrong in plain words, a line each. */
export function exitWithMessage(name: string, error: unknown): never {
  const message = error instanceof Error ? error.message || error.name : String(error);
  process.stderr.write(`quotewire ${name}: ${message.replaceAll('\n', `\nquotewire ${name}: `)}\n`);
  process.exit(1);
}
