import type { Logger } from 'pino';
import type { App } from './create-app.ts';
import type { HttpConfig } from './http-settings.ts';

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
