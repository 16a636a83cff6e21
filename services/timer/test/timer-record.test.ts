import { createEvent, type DataOf } from '@quotewire/bus';
import { timerChanged, timerSnapshot, timerTicked } from '@quotewire/events';
import { beforeEach, expect, it } from 'vitest';
import { type News, TimerRecord } from '../src/timer-record.ts';

type Snapshot = DataOf<typeof timerSnapshot>;

let record: TimerRecord;
let offset: number;
beforeEach(() => {
  record = new TimerRecord();
  offset = 0;
});

const place = () => ({ offset: (offset += 1), fingerprint: 'f' });
const from = { source: '/test' };
const marker = () => record.read(place());
const tell = (state: 'running' | 'stopped', intervalSeconds = 60): News =>
  record.read({
    ...place(),
    event: createEvent(timerChanged, { state, intervalSeconds }, from),
  });
const tick = (source: string, slot: string): News =>
  record.read({ ...place(), event: createEvent(timerTicked, { source, runId: 'r', slot }, from) });
const recall = (snapshot: Partial<Snapshot>): News => {
  const whole = { id: 'i', part: 1, parts: 1, lastSlots: [], ...snapshot };
  return record.read({ ...place(), event: createEvent(timerSnapshot, whole, from) });
};
const told = (state: 'running' | 'stopped', since: number) => ({
  told: { state, intervalSeconds: 60, since },
});
const state = () => record.told?.state.state;
const slot = (minute: number) => `2026-01-01T00:0${minute}:00.000Z`;
const slotMs = (minute: number) => Date.parse(slot(minute));

it('is empty at first', () => {
  marker();
  expect(record.told).toBeUndefined();
  expect(record.lastSlotMs('a')).toBeUndefined();
});

it('keeps the last state of the timer', () => {
  expect(tell('running')).toBe('told');
  expect(tell('stopped')).toBe('told');
  expect(state()).toBe('stopped');
});

it('restores from a snapshot the state that the log dropped', () => {
  offset = 1_000;
  expect(recall({ ...told('running', 7), lastSlots: [{ source: 'a', slot: slot(1) }] })).toBe(
    'recalled',
  );
  expect(state()).toBe('running');
  expect(record.lastSlotMs('a')).toBe(slotMs(1));
});

it('ignores a late snapshot of an older state', () => {
  offset = 1_000;
  tell('running');
  tell('stopped');
  expect(recall(told('running', 1_001))).toBeUndefined();
  expect(state()).toBe('stopped');
});

it('applies the snapshot of the latest change, in any order of snapshots', () => {
  offset = 1_000;
  recall(told('stopped', 900));
  expect(recall(told('running', 800))).toBeUndefined();
  expect(state()).toBe('stopped');
  expect(recall(told('running', 950))).toBe('recalled');
  expect(state()).toBe('running');
});

it('ignores a snapshot of another log', () => {
  recall(told('running', 5_000));
  expect(state()).toBeUndefined();
});

it('applies a snapshot after a gap', () => {
  offset = 1_000;
  tell('running');
  record.skip();
  offset = 9_000;
  expect(state()).toBe('running');
  expect(recall(told('stopped', 8_000))).toBe('recalled');
  expect(state()).toBe('stopped');
});

it('keeps a slot that was read over an older snapshot', () => {
  tick('a', slot(2));
  recall({ lastSlots: [{ source: 'a', slot: slot(1) }] });
  expect(record.lastSlotMs('a')).toBe(slotMs(2));
});

it('reports a slot that was used twice', () => {
  expect(tick('a', slot(1))).toBeUndefined();
  expect(tick('b', slot(1))).toBeUndefined();
  expect(tick('a', slot(1))).toBe('repeated-slot');
});

it('counts the entries since a snapshot of the current state', () => {
  tell('running');
  for (let n = 0; n < 9; n += 1) marker();
  expect(record.entriesSinceSnapshot).toBe(10);
  recall(told('running', 1));
  expect(record.entriesSinceSnapshot).toBe(0);
  tell('stopped');
  recall(told('running', 1));
  expect(record.entriesSinceSnapshot).toBe(2);
});

it('reports a pending start until a timer ticks', () => {
  tell('running');
  expect(record.isStartPending).toBe(true);
  tick('a', slot(1));
  expect(record.isStartPending).toBe(false);
  tell('stopped');
  expect(record.isStartPending).toBe(false);
});
