export {
  type BusConfig,
  busConfigOf,
  busSettings,
  checkBusSettings,
  type HttpConfig,
  httpConfigOf,
  httpSettings,
} from './common-settings.ts';
export { type App, createApp } from './create-app.ts';
export { requireToken } from './guards.ts';
export { createLogger } from './logger.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { closeOnSignal, exitWithMessage, listen, runService } from './run-service.ts';
export { servePages } from './serve-pages.ts';
export { ConfigError, type Environment, readSettings } from './settings.ts';
