import type { Histories, Outage, Schedule, Tick, Window } from './histories.ts';

/** The differences between the ticks and the due slots. */
export interface TicksVerdict {
  /** Slots without a tick although a timer could tick. */
  readonly missing: readonly string[];
  /** Slots with more than one tick. */
  readonly doubled: readonly string[];
  /** The number of slots that passed while no timer could tick. */
  readonly excused: number;
  /** Periods of at least `STALL_MS` without a tick, outages excluded. */
  readonly stalls: readonly string[];
}

/** Far longer than the time between ticks with a hundred sources. */
const STALL_MS = 10_000;

/** Compares the ticks with the slots of the sources. */
export function checkTicks({
  ticking,
  schedules,
  ticks,
  timerOutages,
  stopped,
}: Pick<Histories, 'ticking' | 'schedules' | 'ticks' | 'timerOutages' | 'stopped'>): TicksVerdict {
  const windows = [...timerOutages.map((window) => openUntilTick(window, ticks)), ...stopped];
  const missing: string[] = [];
  const doubled: string[] = [];
  let excused = 0;
  const bySource = Map.groupBy(ticks, ({ source }) => source);
  for (const schedule of schedules) {
    const counts = new Map<number, number>();
    for (const { slotMs } of bySource.get(schedule.source) ?? []) {
      counts.set(slotMs, (counts.get(slotMs) ?? 0) + 1);
    }
    for (const [slotMs, count] of counts) {
      // a manual tick has the moment of its request as its slot
      if (slotMs % schedule.intervalMs === 0 && count > 1) doubled.push(nameOf(schedule, slotMs));
    }
    for (const slotMs of slotsIn(ticking, schedule)) {
      if (counts.has(slotMs)) continue;
      const due = { fromMs: slotMs, toMs: slotMs + schedule.jitterMs };
      if (windows.some((window) => overlap(window, due))) excused += 1;
      else missing.push(nameOf(schedule, slotMs));
    }
  }
  return {
    missing,
    doubled,
    excused,
    stalls: stallsIn({ ticks, ticking, stopped, timerOutages }),
  };
}

/** Ends an outage at the first tick after it, and at the latest at its `toMs`. */
function openUntilTick({ backMs, ...window }: Outage, ticks: readonly Tick[]): Window {
  const first = ticks.find(({ atMs }) => atMs >= backMs);
  return { ...window, toMs: Math.min(window.toMs, first?.atMs ?? window.toMs) };
}

function* slotsIn(
  { fromMs, toMs }: { fromMs: number; toMs: number },
  { intervalMs, jitterMs }: Schedule,
): Generator<number> {
  const first = Math.ceil(fromMs / intervalMs) * intervalMs;
  for (let slotMs = first; slotMs + jitterMs < toMs; slotMs += intervalMs) yield slotMs;
}

/** Returns the periods without a tick, outages excluded. */
function stallsIn({
  ticks,
  ticking,
  stopped,
  timerOutages,
}: Pick<Histories, 'ticks' | 'ticking' | 'stopped' | 'timerOutages'>): string[] {
  const times = [ticking.fromMs, ...ticks.map(({ atMs }) => atMs), ticking.toMs]
    .filter((atMs) => atMs >= ticking.fromMs && atMs <= ticking.toMs)
    .toSorted((a, b) => a - b);
  return times.flatMap((toMs, index) => {
    const fromMs = times[index - 1] ?? toMs;
    if (toMs - fromMs < STALL_MS) return [];
    if (stopped.some((window) => overlap(window, { fromMs, toMs }))) return [];
    const outMs = timerOutages.map((outage) =>
      Math.max(0, Math.min(toMs, outage.backMs) - Math.max(fromMs, outage.fromMs)),
    );
    const stalledMs = toMs - fromMs - outMs.reduce((total, ms) => total + ms, 0);
    if (stalledMs < STALL_MS) return [];
    return `no tick for ${Math.round(stalledMs / 1_000)} s from ${timeOf(fromMs)}`;
  });
}

function overlap(
  a: { fromMs: number; toMs: number },
  b: { fromMs: number; toMs: number },
): boolean {
  return a.fromMs <= b.toMs && b.fromMs <= a.toMs;
}

function nameOf({ source }: Schedule, slotMs: number): string {
  return `${source} at ${timeOf(slotMs)}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
