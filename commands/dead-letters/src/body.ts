import { isUtf8 } from 'node:buffer';
import { printableLines } from '@quotewire/terminal';

interface Event {
  readonly time?: unknown;
  readonly data?: { readonly expiresAt?: unknown };
}

/** When the event happened: what its body says, else its AMQP timestamp; undefined when neither does. */
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

/** From when on the job in a body isn't worth doing; undefined when it doesn't say. */
export function expiryOf(body: Buffer): Date | undefined {
  const expiresAt = parseEvent(body)?.data?.expiresAt;
  if (typeof expiresAt !== 'string') return undefined;
  const date = new Date(expiresAt);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The body of a job that doesn't expire before `until`; the same body when it doesn't anyway. */
export function extendExpiry(body: Buffer, until: Date): Buffer {
  const expiry = expiryOf(body);
  if (expiry === undefined || expiry >= until) return body;
  const event = parseEvent(body);
  const data = { ...event?.data, expiresAt: until.toISOString() };
  return Buffer.from(JSON.stringify({ ...event, data }));
}

/** A body for people: indented JSON, else text with its control characters spelt out, else hex. */
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
