import { createTestTopology } from '@quotewire/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTENT_TYPE, createEvent, encodeEvent, InvalidMessageError } from '../src/cloud-event.ts';
import { PermanentError, PostponeError } from '../src/errors.ts';
import { decide, runJob } from '../src/job.ts';

describe('decide', () => {
  const retryDelaysMs = [5_000, 30_000];

  it('delays each retry of a failed job by the next delay', () => {
    const outcomes = [0, 1].map((attempt) => decide(new Error('no'), { attempt, retryDelaysMs }));
    expect(outcomes).toEqual([
      { kind: 'retry', delayMs: 5_000, attempt: 1, error: 'Error: no' },
      { kind: 'retry', delayMs: 30_000, attempt: 2, error: 'Error: no' },
    ]);
  });

  it('postpones a job by the first delay, at any attempt', () => {
    expect(decide(new PostponeError('later'), { attempt: 2, retryDelaysMs })).toEqual({
      kind: 'postpone',
      delayMs: 5_000,
      attempt: 2,
      error: 'PostponeError: later',
    });
  });

  it('dead-letters a job after its last retry', () => {
    expect(decide(new Error('no'), { attempt: 2, retryDelaysMs })).toEqual({
      kind: 'dead-letter',
      reason: 'exhausted',
      error: 'Error: no',
    });
  });

  it('dead-letters a job at once after a permanent error', () => {
    expect(decide(new PermanentError('gone'), { attempt: 0, retryDelaysMs })).toEqual({
      kind: 'dead-letter',
      reason: 'permanent',
      error: 'PermanentError: gone',
    });
  });

  it('gives the reason why a message is invalid', () => {
    const error = new InvalidMessageError('not-json', 'unexpected end');
    expect(decide(error, { attempt: 0, retryDelaysMs })).toMatchObject({
      kind: 'dead-letter',
      reason: 'not-json',
    });
  });

  it('describes any thrown value in at most 500 characters, and dead-letters after all delays', () => {
    const thrown = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });
    fc.assert(
      fc.property(thrown, fc.array(fc.nat()), fc.nat(20), (error, delays, attempt) => {
        const outcome = decide(error, { attempt, retryDelaysMs: delays });
        expect(outcome.kind).toBe(attempt < delays.length ? 'retry' : 'dead-letter');
        expect('error' in outcome && outcome.error.length).toBeLessThanOrEqual(500);
      }),
    );
  });
});

describe('runJob', () => {
  const { queue, pageRequested, unbound } = createTestTopology();
  const messageOf = (body: Buffer) => ({
    body,
    contentType: CONTENT_TYPE,
    attempt: 0,
    isRedelivered: false,
  });
  const page = createEvent(pageRequested, { page: 1 }, { source: '/test' });

  it('acknowledges a job whose handler resolves', async () => {
    const outcome = runJob(messageOf(encodeEvent(page)), { queue, handle: async () => {} });
    await expect(outcome).resolves.toEqual({ kind: 'ack' });
  });

  it.each([
    { attempt: 0, isRedelivered: false, isRepeat: false },
    { attempt: 0, isRedelivered: true, isRepeat: true },
    { attempt: 1, isRedelivered: false, isRepeat: true },
  ])(
    'tells the handler that isRepeat is $isRepeat at attempt $attempt when isRedelivered is $isRedelivered',
    async ({ isRepeat, ...delivery }) => {
      const told: boolean[] = [];
      const handle = async (_event: unknown, { isRepeat: isTold }: { isRepeat: boolean }) => {
        told.push(isTold);
      };
      await runJob({ ...messageOf(encodeEvent(page)), ...delivery }, { queue, handle });
      expect(told).toEqual([isRepeat]);
    },
  );

  it('decides the outcome of a handler that throws before its first await', async () => {
    const handle = () => {
      throw new Error('at once');
    };
    const outcome = runJob(messageOf(encodeEvent(page)), { queue, handle });
    await expect(outcome).resolves.toMatchObject({ kind: 'retry', error: 'Error: at once' });
  });

  it('dead-letters an event of another type without calling the handler', async () => {
    const other = createEvent(unbound, {}, { source: '/test' });
    const handle = () => expect.unreachable('the handler was asked');
    const outcome = runJob(messageOf(encodeEvent(other)), { queue, handle });
    await expect(outcome).resolves.toMatchObject({ kind: 'dead-letter', reason: 'unknown-type' });
  });
});
