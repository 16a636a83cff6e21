import { createRecordingLogger, createTestTopology } from '@quotewire/testing';
import type { ConsumeMessage } from 'amqplib';
import { expect, it } from 'vitest';
import { BusError } from '../src/errors.ts';
import { FailedJobs } from '../src/rabbitmq/failed-jobs.ts';
import type { OutgoingMessage } from '../src/rabbitmq/message.ts';

const { queue } = createTestTopology();
const job = {
  content: Buffer.from('a job'),
  fields: { redelivered: false },
  properties: { messageId: 'one', headers: {} },
} as unknown as ConsumeMessage;

const refusedFor = (code: number) =>
  new BusError('REFUSED', 'the broker refuses it', {
    cause: Object.assign(new Error('PRECONDITION_FAILED'), { code }),
  });
const full = () =>
  new BusError('REFUSED', 'the queue is full', { cause: new Error('message nacked') });

/** Passes a job on by a publisher that fails so; without an end when it fails for ever. */
async function republish(failures: Iterable<Error>) {
  const left = failures[Symbol.iterator]();
  const published: OutgoingMessage[] = [];
  const pausesMs: number[] = [];
  const { logger, lines } = createRecordingLogger();
  const publisher = {
    async publish(message: OutgoingMessage) {
      published.push(message);
      const { value } = left.next() as { value?: Error };
      if (value !== undefined) throw value;
    },
    untilWritable: async () => {},
  };
  const jobs = new FailedJobs({
    publisher,
    queue,
    redeclare: async () => {},
    logger,
    clock: { now: () => 0, wait: async (ms) => void pausesMs.push(ms) },
  });
  const disposition = await jobs.republish(
    job,
    { kind: 'retry', delayMs: queue.retryDelaysMs[0] ?? 0, attempt: 1, error: 'no' },
    { gone: new AbortController().signal, ending: new AbortController().signal },
  );
  return { disposition, published, pausesMs, lines, problem: jobs.problem };
}

it('rejects a job that the broker refuses as invalid three times', async () => {
  const refusals = Array.from({ length: 50 }, () => refusedFor(406));
  const { disposition, published, pausesMs, lines, problem } = await republish(refusals);
  expect(disposition).toBe('reject');
  expect(published).toHaveLength(3);
  expect(pausesMs).toEqual([1_000, 2_000]);
  expect(lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    "error: a failed job can't be republished yet",
    "error: a failed job can't be republished: the broker dead-letters it",
  ]);
  expect(problem).toBeUndefined();
});

it('republishes a job when the broker accepts the third attempt', async () => {
  const { disposition, published } = await republish([refusedFor(406), refusedFor(403)]);
  expect(disposition).toBe('ack');
  expect(published).toHaveLength(3);
});

it('retries with a growing backoff while the next queue is full', async () => {
  const { disposition, pausesMs } = await republish(Array.from({ length: 50 }, full));
  expect(disposition).toBe('ack');
  expect(pausesMs.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * 1_000));
  expect(pausesMs).toHaveLength(50);
});

it('rejects a job at once when its message cannot be encoded', async () => {
  const { disposition, published } = await republish([new TypeError('too long')]);
  expect(disposition).toBe('reject');
  expect(published).toHaveLength(1);
});
