import type { Frame } from '@quotewire/sse';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { countUp } from '../src/count-up.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(lastEventId?: string) {
  const leaving = new AbortController();
  const frames: Frame[] = [];
  countUp({ lastEventId, closed: leaving.signal, send: (frame) => frames.push(frame) });
  return { leaving, frames };
}

it('counts from 0, each second', () => {
  const { frames } = open();
  vi.advanceTimersByTime(2_000);
  expect(frames).toEqual([
    { id: '0', data: '{"counter":0}' },
    { id: '1', data: '{"counter":1}' },
    { id: '2', data: '{"counter":2}' },
  ]);
});

it('counts separately for each browser', () => {
  const one = open();
  vi.advanceTimersByTime(1_000);
  const other = open();
  expect(one.frames).toHaveLength(2);
  expect(other.frames).toEqual([{ id: '0', data: '{"counter":0}' }]);
});

it('continues after the last number that the browser received', () => {
  expect(open('41').frames).toEqual([{ id: '42', data: '{"counter":42}' }]);
});

it.for(['', 'x', '-1', '1.5', '1e3', ' 7', '9'.repeat(16), '7\n8'])(
  'starts from 0 after %j, which is not a number',
  (lastEventId) => {
    expect(open(lastEventId).frames).toEqual([{ id: '0', data: '{"counter":0}' }]);
  },
);

it('stops its timer when the browser disconnects', () => {
  const { leaving, frames } = open();
  vi.advanceTimersByTime(1_000);
  leaving.abort();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(5_000);
  expect(frames).toHaveLength(2);
});
