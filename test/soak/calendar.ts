import { oneOf, randomFrom } from '@quotewire/testing';

/** What happens once in each week, beside the restarts and the deploy. */
export const INCIDENTS = [
  'memory alarm',
  'broker killed',
  'broker restarted',
  'source changed',
  'queue deleted',
  'timer stopped',
] as const;
export type Incident = (typeof INCIDENTS)[number];

/** One thing that happens at a moment of a day. */
export type CalendarEntry = {
  readonly day: number;
  /** From 0, the day's begin, to less than 1, its end. */
  readonly at: number;
} & (
  | { readonly kind: 'restart'; readonly process: string }
  | { readonly kind: 'deploy' }
  | { readonly kind: Incident }
);

export interface CalendarOptions {
  readonly days: number;
  readonly seed: number;
  /** The processes that are restarted in turn. */
  readonly processes: readonly string[];
  /** What happens in a week; default all. */
  readonly incidents?: readonly Incident[];
}

const DAYS_PER_WEEK = 7;
const RESTART_AT = 0.15;
const DEPLOY_AT = 0.35;
const INCIDENTS_FROM = 0.6;

/**
 * What happens on each day: a process restarts, in turn; on the last day of a week everything is
 * deployed; and each incident comes once a week, in an order that the seed gives. Days that are
 * left over are a week as well. A function of its arguments, in the order of time.
 */
export function calendarOf({
  days,
  seed,
  processes,
  incidents = INCIDENTS,
}: CalendarOptions): readonly CalendarEntry[] {
  const random = randomFrom(seed);
  const turns = shuffled(processes, random);
  const entries: CalendarEntry[] = [];
  for (let firstDay = 0; firstDay < days; firstDay += DAYS_PER_WEEK) {
    const length = Math.min(DAYS_PER_WEEK, days - firstDay);
    for (let day = firstDay; day < firstDay + length; day += 1) {
      const process = turns[day % turns.length];
      if (process !== undefined) entries.push({ day, at: RESTART_AT, kind: 'restart', process });
    }
    entries.push({ day: firstDay + length - 1, at: DEPLOY_AT, kind: 'deploy' });
    entries.push(...incidentsOf({ firstDay, length, incidents: shuffled(incidents, random) }));
  }
  return entries.toSorted((a, b) => a.day + a.at - (b.day + b.at));
}

/** Spreads incidents over the days of a week, each day's over its afternoon. */
function incidentsOf({
  firstDay,
  length,
  incidents,
}: {
  firstDay: number;
  length: number;
  incidents: readonly Incident[];
}): CalendarEntry[] {
  const dayOf = (index: number) => Math.floor(((index + 0.5) / incidents.length) * length);
  return incidents.map((kind, index) => {
    const sameDay = incidents.filter((_, other) => dayOf(other) === dayOf(index));
    const place = sameDay.indexOf(kind) / sameDay.length;
    return {
      day: firstDay + dayOf(index),
      at: INCIDENTS_FROM + place * (1 - INCIDENTS_FROM),
      kind,
    };
  });
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const left = [...all];
  const order: T[] = [];
  while (left.length > 0) {
    const one = oneOf(left, random);
    left.splice(left.indexOf(one), 1);
    order.push(one);
  }
  return order;
}
