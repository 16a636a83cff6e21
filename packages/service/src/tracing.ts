import type { Logger } from 'pino';
import type { OpenTelemetry } from './open-telemetry.ts';
import type { Environment } from './settings.ts';
import { loadTracingConfig } from './tracing-settings.ts';

/** Starts sending traces if OpenTelemetry's variables ask for it; otherwise resolves with undefined, and nothing of OpenTelemetry is loaded. */
export async function startTracing(
  env: Environment,
  { name, logger }: { name: string; logger: Logger },
): Promise<OpenTelemetry | undefined> {
  const config = loadTracingConfig(env);
  if (config === undefined) return undefined;
  const { startOpenTelemetry } = await import('./open-telemetry.ts');
  return startOpenTelemetry(config, { name, logger });
}
