import { isUtf8 } from 'node:buffer';
import { printableLines } from '@quotewire/terminal';

interface Event {
  readonly time?: unknown;
  readonly data?: { readonly expiresAt?: unknown };
}

/** Returns the time of the event: from its body, else its AMQP timestamp; undefined without either. */
export function timeOf(letter: {
  body: Buffer;
  properties: Readonly<Record<string, unknown>>;
}): string | undefined {
  const time = parseEvent(letter.body)?.time;
  if (typeof time === 'string') return time;
  const { timestamp } = letter.properties;
  // n.b. AMQP's timestamps are in seconds
  const date = new Date(Number(timestamp ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Returns when the job in a body expires; undefined if it doesn't. */
export function expiryOf(body: Buffer): Date | undefined {
  const expiresAt = parseEvent(body)?.data?.expiresAt;
  if (typeof expiresAt !== 'string') return undefined;
  const date = new Date(expiresAt);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Extends the expiry in a body to `until`. Returns a later expiry unchanged. */
export function extendExpiry(body: Buffer, until: Date): Buffer {
  const expiry = expiryOf(body);
  if (expiry === undefined || expiry >= until) return body;
  const event = parseEvent(body);
  const data = { ...event?.data, expiresAt: until.toISOString() };
  return Buffer.from(JSON.stringify({ ...event, data }));
}

/** Formats a body: as indented JSON, else as text with escaped control characters, else as hex. */
export function formatBody(body: Buffer): string {
  const value = parseJson(body);
  if (value !== undefined) return printableLines(JSON.stringify(value, undefined, 2));
  if (isUtf8(body)) return printableLines(body.toString());
  return (body.toString('hex').match(/.{1,64}/g) ?? []).join('\n');
}

function parseEvent(body: Buffer): Event | undefined {
  const value = parseJson(body);
  return typeof value === 'object' && value !== null ? value : undefined;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
