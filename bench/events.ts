/** The last character of an event that every subscriber looks for; no other event has it. */
export const MARK = '~';

/** How long the data of an event is. */
export const EVENT_BYTES = 200;

/** The data of the event with this number. */
export function eventData(number: number): string {
  return String(number).padEnd(EVENT_BYTES, '.');
}

/** The data of an event that subscribers look for: when one has it, it has all that came before. */
export function markData(number: number): string {
  return String(number).padEnd(EVENT_BYTES - 1, '.') + MARK;
}

/** The number of an event. */
export function eventNumber(data: string): number {
  return Number.parseInt(data, 10);
}
