import { Type } from 'typebox';
import { shareOf } from './worker-settings.ts';

/** The settings of every service that serves streams. */
export const streamSettings = {
  DRAIN_SECONDS: Type.Number({
    minimum: 0,
    maximum: 20,
    default: 10,
    description:
      'At the end the streams are closed within so many seconds, each at a random moment.',
  }),
  SSE_MAX_CONNECTIONS: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 15_000,
    description: 'Open streams of a process; more are sent back for a while.',
  }),
  SSE_MAX_PER_ADDRESS: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 500,
    description: 'Open streams of one address.',
  }),
  STREAM_COMPRESSION: Type.Boolean({
    default: true,
    description: 'Whether browsers that accept gzip get the shared streams compressed.',
  }),
};

/** The configuration of a service's streams. */
export interface StreamConfig {
  /** The time within which the streams end when the app closes. */
  readonly drainMs: number;
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  readonly compresses: boolean;
}

/** The configuration of one of several workers, which share the limits. */
export function streamConfigOf(
  settings: {
    DRAIN_SECONDS: number;
    SSE_MAX_CONNECTIONS: number;
    SSE_MAX_PER_ADDRESS: number;
    STREAM_COMPRESSION: boolean;
  },
  { workers = 1 }: { workers?: number } = {},
): StreamConfig {
  return {
    drainMs: settings.DRAIN_SECONDS * 1_000,
    maxConnections: shareOf(settings.SSE_MAX_CONNECTIONS, workers),
    maxPerAddress: shareOf(settings.SSE_MAX_PER_ADDRESS, workers),
    compresses: settings.STREAM_COMPRESSION,
  };
}

/** Says which limits are too small to be shared by the workers. */
export function problemsOfShares(settings: {
  WORKERS: number;
  SSE_MAX_CONNECTIONS: number;
  SSE_MAX_PER_ADDRESS: number;
}): string[] {
  const { WORKERS } = settings;
  return (['SSE_MAX_CONNECTIONS', 'SSE_MAX_PER_ADDRESS'] as const)
    .filter((name) => settings[name] < WORKERS)
    .map(
      (name) =>
        `${name} is ${settings[name]}, but ${WORKERS} workers share it: set it to at least ${WORKERS}, or WORKERS to at most ${settings[name]}.`,
    );
}
