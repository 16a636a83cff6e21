/** The last character of a mark; no other event contains it. */
export const MARK = '~';

/** The length of the data of an event. */
export const EVENT_BYTES = 200;

/** Returns the data of a numbered event. */
export function eventData(number: number): string {
  return String(number).padEnd(EVENT_BYTES, '.');
}

/** Returns the data of a mark: a subscriber that has received it has received all earlier events. */
export function markData(number: number): string {
  return String(number).padEnd(EVENT_BYTES - 1, '.') + MARK;
}

/** Parses the number of an event. */
export function eventNumber(data: string): number {
  return Number.parseInt(data, 10);
}
