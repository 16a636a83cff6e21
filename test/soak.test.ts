import { describe, expect, it } from 'vitest';
import { calendarOf, INCIDENTS } from './soak/calendar.ts';
import type { Histories, Sample } from './soak/histories.ts';
import { verdictOf } from './soak/verdict.ts';

const GROWN = 'processes that use more than on the first day';

describe('the verdict on a soak', () => {
  it('passes a month without losses', () => {
    const { findings, isClean } = verdictOf(historiesOf({}));
    expect(findings.filter(({ count, mustBeZero }) => mustBeZero && count > 0)).toEqual([]);
    expect(isClean).toBe(true);
  });

  it.each<[what: string, change: Partial<Histories>]>([
    ['ticks missing', { ticks: ticksAt(2_000, 6_000, 8_000), jobs: jobsAt(2_000, 6_000, 8_000) }],
    ['ticks doubled', { ticks: ticksAt(2_000, 4_000, 4_000, 6_000, 8_000) }],
    [
      'times without a tick for 10 s',
      { ticking: { fromMs: 1_000, toMs: 20_000 }, stopped: [windowOf(30_000, 31_000)] },
    ],
    ['wrong states of the timer', { wrongStates: ['day 3: timer-1 is stopped'] }],
    ['jobs without a result', { visits: visitsAt(2_100, 4_100, 6_100) }],
    ['dead letters', { deadLetters: 1 }],
    ['quotes on the site that no page contained', { onSite: new Set(['a', 'b', 'c', 'd']) }],
    ['quotes on a page that never reached the log', { served: new Set(['a', 'b', 'c', 'd']) }],
    [
      'gaps sent to browsers',
      { browsers: [browserOf({ gaps: [{ fromOffset: 1, toOffset: 2 }] })] },
    ],
    [
      'quotes missing in a browser without a gap',
      { browsers: [browserOf({ quotes: ['a', 'c'] })] },
    ],
    ['quotes in a browser out of order', { browsers: [browserOf({ quotes: ['b', 'a', 'c'] })] }],
    ['quotes in a browser twice', { browsers: [browserOf({ quotes: ['a', 'b', 'a', 'c'] })] }],
    ["processes that didn't close cleanly", { badExits: ['timer-1 ended with 1'] }],
    [GROWN, { samples: [sampleOf(0), sampleOf(9, { rssBytes: 116_000_000 })] }],
    [GROWN, { samples: [sampleOf(0), sampleOf(9, { promises: 5_000 })] }],
    [GROWN, { samples: [sampleOf(0), sampleOf(9, { fds: 200 })] }],
    ["entries gone before the soak's own reader had them", { missedEntries: ['timer.log: 7'] }],
  ])('notices %s', (what, change) => {
    const { findings, isClean } = verdictOf(historiesOf(change));
    expect(findings.find((finding) => finding.what === what)?.count).toBeGreaterThan(0);
    expect(isClean).toBe(false);
  });

  it('excuses a process that uses more on the last day only', () => {
    const usage = [900, 900, 5_000];
    const samples = usage.map((promises, day) => sampleOf(day, { promises }));
    expect(verdictOf(historiesOf({ samples })).isClean).toBe(true);
    const lasting = [900, 5_000, 4_900].map((promises, day) => sampleOf(day, { promises }));
    expect(verdictOf(historiesOf({ samples: lasting })).isClean).toBe(false);
  });

  it('excuses stalls during an outage, and none after it', () => {
    const stallsAfter = (backMs: number) => {
      const outage = { ...windowOf(8_500, 40_000), backMs };
      const ticking = { fromMs: 1_000, toMs: 30_000 };
      const { findings } = verdictOf(historiesOf({ ticking, timerOutages: [outage] }));
      return findings.find(({ what }) => what.startsWith('times without'))?.count;
    };
    expect(stallsAfter(29_000)).toBe(0);
    expect(stallsAfter(12_000)).toBe(1);
  });

  it('excuses a slot that passed while no timer could tick, until the first tick', () => {
    const slots = [2_000, 6_000, 8_000];
    const outage = { ...windowOf(3_900, 30_000), backMs: 5_000 };
    const missed = { ticks: ticksAt(...slots), jobs: jobsAt(...slots), timerOutages: [outage] };
    expect(verdictOf(historiesOf(missed)).isClean).toBe(true);
    const slotsAfter = [2_000, 6_000];
    const missedAfter = { ...missed, ticks: ticksAt(...slotsAfter), jobs: jobsAt(...slotsAfter) };
    expect(verdictOf(historiesOf(missedAfter)).isClean).toBe(false);
  });

  it('expects no visit for a job that expired or was in a deleted queue', () => {
    const visits = visitsAt(2_100, 4_100, 6_100);
    expect(verdictOf(historiesOf({ visits, expiredJobs: 1 })).isClean).toBe(true);
    const deletedJobs = [{ atMs: 8_050, count: 1 }];
    expect(verdictOf(historiesOf({ visits, deletedJobs })).isClean).toBe(true);
  });

  it('expects no quote within a reported gap, nor of a source that the filter excludes', () => {
    const gaps = [{ fromOffset: 1, toOffset: 2 }];
    const missing = (change: Partial<Histories>) =>
      verdictOf(historiesOf(change)).findings.find(({ what }) => what.endsWith('without a gap'))
        ?.count;
    expect(missing({ browsers: [browserOf({ quotes: ['a', 'c'], gaps })] })).toBe(0);
    expect(missing({ browsers: [browserOf({ quotes: [], source: 'another' })] })).toBe(0);
  });
});

describe("a soak's calendar", () => {
  const processes = ['timer-1', 'scraper-1', 'chat-1'];

  it('has every incident of a week in each week, and is the same for a seed', () => {
    const calendar = calendarOf({ days: 30, seed: 3, processes });
    expect(calendar).toEqual(calendarOf({ days: 30, seed: 3, processes }));
    const week = calendar.filter(({ day }) => day < 7).map(({ kind }) => kind);
    expect(new Set(week)).toEqual(new Set(['restart', 'deploy', ...INCIDENTS]));
    expect(week.filter((kind) => kind === 'restart')).toHaveLength(7);
    expect(calendar).toEqual(calendar.toSorted((a, b) => a.day + a.at - b.day - b.at));
  });

  it('has every incident in a few days as well', () => {
    const kinds = calendarOf({ days: 2, seed: 3, processes }).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['restart', 'deploy', ...INCIDENTS]));
  });
});

/** Four ticks of one source, one every 2 s, and three quotes. */
function historiesOf(change: Partial<Histories>): Histories {
  return {
    ticking: { fromMs: 1_000, toMs: 9_900 },
    schedules: [{ source: 's', intervalMs: 2_000, jitterMs: 1_000 }],
    ticks: ticksAt(2_000, 4_000, 6_000, 8_000),
    timerOutages: [],
    stopped: [],
    wrongStates: [],
    jobs: jobsAt(2_000, 4_000, 6_000, 8_000),
    visits: visitsAt(2_100, 4_100, 6_100, 8_100),
    expiredJobs: 0,
    deadLetters: 0,
    deletedJobs: [],
    onSite: new Set(['a', 'b', 'c']),
    served: new Set(['a', 'b', 'c']),
    log: ['a', 'b', 'c'].map((text, index) => ({ offset: index + 1, text, source: 's' })),
    browsers: [browserOf({})],
    badExits: [],
    missedEntries: [],
    samples: [sampleOf(0), sampleOf(9)],
    ...change,
  };
}

function windowOf(fromMs: number, toMs: number) {
  return { fromMs, toMs, reason: 'a test' };
}

function ticksAt(...slots: number[]): Histories['ticks'] {
  return slots.map((slotMs) => ({ source: 's', slotMs, atMs: slotMs + 20 }));
}

function jobsAt(...times: number[]): Histories['jobs'] {
  return times.map((atMs) => ({ source: 's', atMs: atMs + 20, expiresAtMs: atMs + 60_000 }));
}

function visitsAt(...times: number[]): Histories['visits'] {
  return times.map((atMs) => ({ source: 's', page: 1, atMs }));
}

function browserOf(change: Partial<Histories['browsers'][number]>): Histories['browsers'][number] {
  return { name: 'browser', startOffset: 0, quotes: ['a', 'b', 'c'], gaps: [], ...change };
}

function sampleOf(day: number, change: Partial<Sample> = {}): Sample {
  return {
    process: 'timer-1',
    startedAtMs: 0,
    day,
    rssBytes: 100_000_000,
    heapBytes: 20_000_000,
    fds: 30,
    promises: 1_000,
    functions: 20_000,
    resources: 20,
    ...change,
  };
}
