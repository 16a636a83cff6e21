import type { Message } from 'amqplib';
import { fingerprintOf } from '../position.ts';

/** A job that was given up, as it lies in its dead-letter queue. */
export interface DeadLetter {
  /** The message's id, or the fingerprint of its body if it has none. Copies of one message share it. */
  readonly id: string;
  /** The work queue that it came from. */
  readonly queue: string;
  /** Why it was given up, in the words of the consumer or else of the broker. */
  readonly reason: string;
  /** What the handler said at last. */
  readonly error: string | undefined;
  /** Attempts after the first one. */
  readonly retries: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** What the broker counts of a message in the queue where it lies. */
const HEADERS_OF_A_PLACE = ['x-delivery-count', 'x-acquired-count'];
/** What a job gets when it fails. */
const HEADERS_OF_A_FAILURE = ['x-attempt', 'x-error', 'x-dead-letter-reason'];

/** What a message in the dead-letter queue of a work queue tells. */
export function letterOf({ properties, content }: Message, queue: string): DeadLetter {
  const { headers = {}, ...others } = properties;
  const present = Object.entries(others).filter(([, value]) => value !== undefined);
  const error: unknown = headers['x-error'];
  const retries: unknown = headers['x-attempt'];
  return {
    id: messageIdOf(others) ?? fingerprintOf(content),
    queue,
    reason: reasonOf(headers, queue),
    error: typeof error === 'string' ? error : undefined,
    retries: Number.isSafeInteger(retries) ? (retries as number) : 0,
    properties: Object.fromEntries(present),
    headers,
    body: content,
  };
}

/** n.b. the consumer passes a message without an id on with one that says "undefined". */
function messageIdOf({ messageId }: { messageId?: unknown }): string | undefined {
  const isId = typeof messageId === 'string' && messageId !== '' && messageId !== 'undefined';
  return isId ? messageId : undefined;
}

/** @see https://www.rabbitmq.com/docs/dlx#effects */
function reasonOf(headers: Readonly<Record<string, unknown>>, queue: string): string {
  const said = headers['x-dead-letter-reason'];
  if (typeof said === 'string') return said;
  const deaths: unknown = headers['x-death'];
  const death: unknown = Array.isArray(deaths)
    ? deaths.find((candidate: { queue?: unknown } | null) => candidate?.queue === queue)
    : undefined;
  const reason = (death as { reason?: unknown } | undefined)?.reason;
  return typeof reason === 'string' ? reason : 'unknown';
}

/** How often it was taken in hand and put back. */
export function returnsOf({ headers }: DeadLetter): number {
  const count = Number(headers['x-delivery-count'] ?? 0);
  return Number.isNaN(count) ? 0 : count;
}

/** The headers that a letter keeps when it's published again. */
export function headersFor(
  { headers }: DeadLetter,
  as: 'new job' | 'dead letter',
): Record<string, unknown> {
  const left = [...HEADERS_OF_A_PLACE, ...(as === 'new job' ? HEADERS_OF_A_FAILURE : [])];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !left.includes(name)));
}
