import type { Message } from 'amqplib';
import { fingerprintOf } from '../position.ts';
import {
  ACQUIRED_COUNT_HEADER,
  ATTEMPT_HEADER,
  DEATHS_HEADER,
  DELIVERY_COUNT_HEADER,
  ERROR_HEADER,
  REASON_HEADER,
} from './headers.ts';

/** A job in a dead-letter queue. */
export interface DeadLetter {
  /** The message's id, or the fingerprint of its body if it has none. Copies of one message share it. */
  readonly id: string;
  /** The work queue of the job. */
  readonly queue: string;
  /** The reason for dead-lettering, from the consumer or else from the broker. */
  readonly reason: string;
  /** The handler's last error. */
  readonly error: string | undefined;
  /** Attempts after the first one. */
  readonly retries: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Headers in which the broker counts deliveries from one queue. */
const HEADERS_OF_A_PLACE = [DELIVERY_COUNT_HEADER, ACQUIRED_COUNT_HEADER];
/** Headers that a failed job gets. */
const HEADERS_OF_A_FAILURE = [ATTEMPT_HEADER, ERROR_HEADER, REASON_HEADER];

/** Parses a message from the dead-letter queue of a work queue. */
export function parseDeadLetter({ properties, content }: Message, queue: string): DeadLetter {
  const { headers = {}, ...others } = properties;
  const present = Object.entries(others).filter(([, value]) => value !== undefined);
  const error: unknown = headers[ERROR_HEADER];
  const retries: unknown = headers[ATTEMPT_HEADER];
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

function messageIdOf({ messageId }: { messageId?: unknown }): string | undefined {
  return typeof messageId === 'string' && messageId !== '' ? messageId : undefined;
}

/** @see https://www.rabbitmq.com/docs/dlx#effects */
function reasonOf(headers: Readonly<Record<string, unknown>>, queue: string): string {
  const given = headers[REASON_HEADER];
  if (typeof given === 'string') return given;
  const deaths: unknown = headers[DEATHS_HEADER];
  const death: unknown = Array.isArray(deaths)
    ? deaths.find((candidate: { queue?: unknown } | null) => candidate?.queue === queue)
    : undefined;
  const reason = (death as { reason?: unknown } | undefined)?.reason;
  return typeof reason === 'string' ? reason : 'unknown';
}

/** The number of times that the queue delivered the letter and got it back. */
export function redeliveriesOf({ headers }: DeadLetter): number {
  const count = Number(headers[DELIVERY_COUNT_HEADER] ?? 0);
  return Number.isNaN(count) ? 0 : count;
}

/** The headers that a letter keeps when it is published again. */
export function headersFor(
  { headers }: DeadLetter,
  as: 'new job' | 'dead letter',
): Record<string, unknown> {
  const left = [...HEADERS_OF_A_PLACE, ...(as === 'new job' ? HEADERS_OF_A_FAILURE : [])];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !left.includes(name)));
}
