import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTENT_TYPE, createEvent, encodeEvent, InvalidMessageError } from '../src/cloud-event.ts';
import { PermanentError, PostponeError } from '../src/errors.ts';
import { doJob, judge } from '../src/job.ts';
import { createTestTopology } from './test-topology.ts';

describe('judge', () => {
  const retryDelaysMs = [5_000, 30_000];

  it('has a failed job wait for each delay in turn', () => {
    const verdicts = [0, 1].map((attempt) => judge(new Error('no'), { attempt, retryDelaysMs }));
    expect(verdicts).toEqual([
      { kind: 'retry', delayMs: 5_000, attempt: 1, error: 'Error: no' },
      { kind: 'retry', delayMs: 30_000, attempt: 2, error: 'Error: no' },
    ]);
  });

  it('has a postponed job wait for the first delay, whichever attempt it is', () => {
    expect(judge(new PostponeError('later'), { attempt: 2, retryDelaysMs })).toEqual({
      kind: 'postpone',
      delayMs: 5_000,
      attempt: 2,
      error: 'PostponeError: later',
    });
  });

  it('gives a job up after its last delay', () => {
    expect(judge(new Error('no'), { attempt: 2, retryDelaysMs })).toEqual({
      kind: 'dead-letter',
      reason: 'exhausted',
      error: 'Error: no',
    });
  });

  it('gives a job up at once when its error is permanent', () => {
    expect(judge(new PermanentError('gone'), { attempt: 0, retryDelaysMs })).toEqual({
      kind: 'dead-letter',
      reason: 'permanent',
      error: 'PermanentError: gone',
    });
  });

  it('names what is wrong with a message that is no event', () => {
    const error = new InvalidMessageError('not-json', 'unexpected end');
    expect(judge(error, { attempt: 0, retryDelaysMs })).toMatchObject({
      kind: 'dead-letter',
      reason: 'not-json',
    });
  });

  it('judges whatever is thrown, in at most 500 characters, and gives up after all delays', () => {
    const thrown = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });
    fc.assert(
      fc.property(thrown, fc.array(fc.nat()), fc.nat(20), (error, delays, attempt) => {
        const verdict = judge(error, { attempt, retryDelaysMs: delays });
        expect(verdict.kind).toBe(attempt < delays.length ? 'retry' : 'dead-letter');
        expect('error' in verdict && verdict.error.length).toBeLessThanOrEqual(500);
      }),
    );
  });
});

describe('doJob', () => {
  const { queue, pageRequested, nobodyCares } = createTestTopology();
  const messageOf = (body: Buffer) => ({ body, contentType: CONTENT_TYPE, attempt: 0 });
  const page = createEvent(pageRequested, { page: 1 }, { source: '/test' });

  it('acknowledges what the handler did', async () => {
    const verdict = doJob(messageOf(encodeEvent(page)), { queue, handle: async () => {} });
    await expect(verdict).resolves.toEqual({ kind: 'ack' });
  });

  it('judges a handler that throws before its first await', async () => {
    const handle = () => {
      throw new Error('at once');
    };
    const verdict = doJob(messageOf(encodeEvent(page)), { queue, handle });
    await expect(verdict).resolves.toMatchObject({ kind: 'retry', error: 'Error: at once' });
  });

  it('dead-letters an event of another type without asking the handler', async () => {
    const other = createEvent(nobodyCares, {}, { source: '/test' });
    const handle = () => expect.unreachable('the handler was asked');
    const verdict = doJob(messageOf(encodeEvent(other)), { queue, handle });
    await expect(verdict).resolves.toMatchObject({ kind: 'dead-letter', reason: 'unknown-type' });
  });
});
