/** ISO 8601 to the second with the offset that holds at that moment in a zone by its IANA name. Throws a `RangeError` for an unknown zone. */
export function zonedTime(atMs: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const zone = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName');
  const offset = zone?.value.replace('GMT', '') || '+00:00';
  // midnight comes so much earlier there than in UTC
  const offsetMs = -Date.parse(`1970-01-01T00:00:00${offset}`);
  return new Date(atMs + offsetMs).toISOString().slice(0, 19) + offset;
}
