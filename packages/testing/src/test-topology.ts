import { randomUUID } from 'node:crypto';
import { defineEvent, type Log, type WorkQueue } from '@quotewire/bus';
import { Type } from 'typebox';

/** A topology with one queue and one log, under names that nobody else uses. */
export function createTestTopology({
  maxLength = 1_000,
  maxBytes = 10_000_000,
}: { maxLength?: number; maxBytes?: number } = {}) {
  const exchange = `test-${randomUUID()}`;
  const pageRequested = defineEvent({
    exchange,
    routingKey: 'page.requested',
    data: Type.Object({ page: Type.Integer() }),
  });
  const wordSaid = defineEvent({
    exchange,
    routingKey: 'word.said',
    data: Type.Object({ word: Type.String() }),
  });
  const unbound = defineEvent({
    exchange,
    routingKey: 'unbound',
    data: Type.Object({}),
  });
  const logMarker = defineEvent({ exchange, routingKey: 'log.marker', data: Type.Object({}) });
  const queue: WorkQueue<typeof pageRequested> = {
    name: `${exchange}.pages`,
    event: pageRequested,
    maxLength,
    retryDelaysMs: [20, 40],
  };
  const log: Log<typeof wordSaid> = {
    name: `${exchange}.words`,
    events: [wordSaid],
    marker: logMarker,
    maxBytes,
  };
  return {
    exchange,
    queue,
    log,
    lockName: `${exchange}.lock`,
    topology: { workQueues: [queue], logs: [log] },
    /** Goes to the queue. */
    pageRequested,
    /** Goes to the log. */
    wordSaid,
    /** Goes nowhere. */
    unbound,
  };
}

export type TestTopology = ReturnType<typeof createTestTopology>;
