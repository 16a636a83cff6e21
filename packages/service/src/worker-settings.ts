import { Type } from 'typebox';

/** The settings of every service that may run as several processes. */
export const workerSettings = {
  WORKERS: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description: 'Processes that share the port, at most one for each core.',
  }),
};

/** The part of a limit that each of several workers has: the parts never add up to more than the limit. */
export function shareOf(limit: number, workers: number): number {
  return Math.floor(limit / workers);
}
