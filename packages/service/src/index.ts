export type {
  FastifyBaseLogger as Logger,
  FastifyReply as Reply,
  FastifyRequest as Request,
} from 'fastify';
export {
  type BusConfig,
  busSettings,
  loadBusConfig,
  loadOptionalBusConfig,
} from './bus-settings.ts';
export { type App, createApp } from './create-app.ts';
export { explainInvalid } from './explain-invalid.ts';
export { requireToken, requireTokenOrLoopback } from './guards.ts';
export { httpError } from './http-error.ts';
export { adminSettings, type HttpConfig, httpConfigOf, httpSettings } from './http-settings.ts';
export { createLogger } from './logger.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { listen, warnOfOpenPaths } from './listen.ts';
export { closeOnSignal, exitWithMessage, runService } from './run-service.ts';
export { escapeHtml, type PageAddress, pageAddressOf } from './navigation.ts';
export { prefersHtml, sendHtml, servePages } from './serve-pages.ts';
export {
  problemsOfShares,
  type StreamConfig,
  streamConfigOf,
  streamSettings,
} from './stream-settings.ts';
export { startTracing } from './tracing.ts';
export { combine, ConfigError, type Environment, readSettings } from './settings.ts';
export { workerSettings } from './worker-settings.ts';
export type { Workers } from './workers/worker-link.ts';
