import type { Histories, Outage, Schedule, Tick, Window } from './histories.ts';

/** What the ticks show. */
export interface TicksVerdict {
  /** Slots that nobody ticked for though a timer could have. */
  readonly missing: readonly string[];
  /** Slots that somebody ticked for twice. */
  readonly doubled: readonly string[];
  /** Slots that passed while no timer could tick. */
  readonly forgiven: number;
  /** Times without any tick that are longer than `STALL_MS`, the outages themselves left out. */
  readonly stalls: readonly string[];
}

/** Of a hundred sources one is due long before that. */
const STALL_MS = 10_000;

/** Compares the ticks with what the clock and the sources demand. */
export function checkTicks({
  ticking,
  schedules,
  ticks,
  withoutTimer,
  stopped,
}: Pick<Histories, 'ticking' | 'schedules' | 'ticks' | 'withoutTimer' | 'stopped'>): TicksVerdict {
  const windows = [...withoutTimer.map((window) => openUntilTick(window, ticks)), ...stopped];
  const missing: string[] = [];
  const doubled: string[] = [];
  let forgiven = 0;
  const bySource = Map.groupBy(ticks, ({ source }) => source);
  for (const schedule of schedules) {
    const counts = new Map<number, number>();
    for (const { slotMs } of bySource.get(schedule.source) ?? []) {
      counts.set(slotMs, (counts.get(slotMs) ?? 0) + 1);
    }
    for (const [slotMs, count] of counts) {
      // n.b. who asks for a tick by hand gets one for that moment
      if (slotMs % schedule.intervalMs === 0 && count > 1) doubled.push(nameOf(schedule, slotMs));
    }
    for (const slotMs of slotsIn(ticking, schedule)) {
      if (counts.has(slotMs)) continue;
      const due = { fromMs: slotMs, toMs: slotMs + schedule.jitterMs };
      if (windows.some((window) => overlap(window, due))) forgiven += 1;
      else missing.push(nameOf(schedule, slotMs));
    }
  }
  return {
    missing,
    doubled,
    forgiven,
    stalls: stallsIn({ ticks, ticking, stopped, withoutTimer }),
  };
}

/** A timer can tick again when one does, and at the latest when the window ends. */
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

/** Times without a tick, the outages themselves left out. */
function stallsIn({
  ticks,
  ticking,
  stopped,
  withoutTimer,
}: Pick<Histories, 'ticks' | 'ticking' | 'stopped' | 'withoutTimer'>): string[] {
  const times = [ticking.fromMs, ...ticks.map(({ atMs }) => atMs), ticking.toMs]
    .filter((atMs) => atMs >= ticking.fromMs && atMs <= ticking.toMs)
    .toSorted((a, b) => a - b);
  return times.flatMap((toMs, index) => {
    const fromMs = times[index - 1] ?? toMs;
    if (toMs - fromMs < STALL_MS) return [];
    if (stopped.some((window) => overlap(window, { fromMs, toMs }))) return [];
    const outMs = withoutTimer.map((outage) =>
      Math.max(0, Math.min(toMs, outage.backMs) - Math.max(fromMs, outage.fromMs)),
    );
    const stalledMs = toMs - fromMs - outMs.reduce((total, ms) => total + ms, 0);
    if (stalledMs < STALL_MS) return [];
    return `no tick for ${Math.round(stalledMs / 1_000)} s from ${timeOf(fromMs)} on`;
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
