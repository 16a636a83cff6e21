import { createTestTopology } from '@quotewire/testing';
import { describe, expect, it } from 'vitest';
import { declarationsOf } from '../src/rabbitmq/declarations.ts';

describe('declarationsOf', () => {
  const { topology, exchange, queue, log } = createTestTopology({
    maxLength: 7,
    maxBytes: 40_000_000,
  });
  const { exchanges, queues, bindings } = declarationsOf(topology);
  const argumentsOf = (name: string) =>
    queues.find((candidate) => candidate.name === name)?.arguments;

  it('declares each exchange once', () => {
    expect(exchanges).toEqual([exchange]);
  });

  it('declares a work queue with its retries and its dead letters, and a log', () => {
    expect(queues.map(({ name }) => name)).toEqual([
      queue.name,
      `${queue.name}.retry.0.02s`,
      `${queue.name}.retry.0.04s`,
      `${queue.name}.dead-letter`,
      log.name,
    ]);
  });

  it('binds the queue to its event, and the log to its events and its marker', () => {
    expect(bindings).toEqual([
      { queue: queue.name, exchange, routingKey: 'page.requested' },
      { queue: log.name, exchange, routingKey: 'word.said' },
      { queue: log.name, exchange, routingKey: 'log.marker' },
    ]);
  });

  it('declares and binds no log without streams', () => {
    const without = declarationsOf(topology, { withStreams: false });
    expect(without.exchanges).toEqual([exchange]);
    expect(without.queues.map(({ name }) => name)).not.toContain(log.name);
    expect(without.bindings).toEqual([
      { queue: queue.name, exchange, routingKey: 'page.requested' },
    ]);
  });

  it('declares a work queue that refuses jobs when full and dead-letters at least once', () => {
    expect(argumentsOf(queue.name)).toMatchObject({
      'x-queue-type': 'quorum',
      'x-max-length': 7,
      'x-overflow': 'reject-publish',
      'x-dead-letter-strategy': 'at-least-once',
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': `${queue.name}.dead-letter`,
    });
  });

  it('returns a job from a retry queue to its work queue after the delay', () => {
    expect(argumentsOf(`${queue.name}.retry.0.02s`)).toMatchObject({
      'x-message-ttl': 20,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': queue.name,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    });
  });

  it('declares a log as a stream with segments small enough to keep its bound', () => {
    expect(argumentsOf(log.name)).toEqual({
      'x-queue-type': 'stream',
      'x-max-length-bytes': 40_000_000,
      'x-stream-max-segment-size-bytes': 2_000_000,
    });
  });
});
