import { oneOf, randomFrom } from '@quotewire/testing';

/** The incidents of each week, besides the restarts and the deploy. */
export const INCIDENTS = [
  'memory alarm',
  'broker killed',
  'broker restarted',
  'source changed',
  'queue deleted',
  'timer stopped',
] as const;
export type Incident = (typeof INCIDENTS)[number];

/** A restart, a deploy or an incident at a moment of a day. */
export type CalendarEntry = {
  readonly day: number;
  /** The moment in the day, from 0 to less than 1. */
  readonly at: number;
} & (
  | { readonly kind: 'restart'; readonly process: string }
  | { readonly kind: 'deploy' }
  | { readonly kind: Incident }
);

export interface CalendarOptions {
  readonly days: number;
  readonly seed: number;
  /** The processes to restart in turn. */
  readonly processes: readonly string[];
  /** The incidents of a week; default all. */
  readonly incidents?: readonly Incident[];
}

const DAYS_PER_WEEK = 7;
const RESTART_AT = 0.15;
const DEPLOY_AT = 0.35;
const INCIDENTS_FROM = 0.6;

/**
 * Returns the entries of all days, in order of time: a process restarts each day, in turn; all are
 * deployed on the last day of a week; each incident occurs once a week, in a seeded order. A
 * remainder of days counts as a week.
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

/** Spreads incidents over the days of a week, and those of a day over its afternoon. */
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
    const share = sameDay.indexOf(kind) / sameDay.length;
    return {
      day: firstDay + dayOf(index),
      at: INCIDENTS_FROM + share * (1 - INCIDENTS_FROM),
      kind,
    };
  });
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const remaining = [...all];
  const order: T[] = [];
  while (remaining.length > 0) {
    const one = oneOf(remaining, random);
    remaining.splice(remaining.indexOf(one), 1);
    order.push(one);
  }
  return order;
}
