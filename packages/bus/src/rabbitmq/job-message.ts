import type { ConsumeMessage, Options } from 'amqplib';
import type { JobMessage, Outcome } from '../job.ts';
import { fingerprintOf } from '../position.ts';
import { deadLetterQueueName, retryQueueName, type WorkQueue } from '../topology.ts';
import { ATTEMPT_HEADER, ERROR_HEADER, REASON_HEADER, REPUBLICATIONS_HEADER } from './headers.ts';
import type { OutgoingMessage } from './message.ts';

/**
 * The properties that a republished job keeps. n.b. others act on the broker: a foreign `userId` or
 * `replyTo` closes the publisher's channel, and `expiration` drops the message from its next queue.
 *
 * @see https://www.rabbitmq.com/docs/publishers#message-properties
 */
const COPIED_PROPERTIES = [
  'contentType',
  'contentEncoding',
  'correlationId',
  'timestamp',
  'type',
  'appId',
] as const;

/**
 * n.b. with these headers the broker would route a copy to each queue that they name.
 *
 * @see https://www.rabbitmq.com/docs/sender-selected
 */
const ROUTING_HEADERS = ['CC', 'BCC'];

/** Parses a delivered message for `runJob`. */
export function jobOf(message: ConsumeMessage): JobMessage {
  const { properties, content: body, fields } = message;
  const contentType: unknown = properties.contentType;
  return {
    contentType: typeof contentType === 'string' ? contentType : undefined,
    body,
    attempt: countIn(message, ATTEMPT_HEADER),
    isRedelivered: fields.redelivered,
  };
}

/** The id of a job: its message id, else the id of its CloudEvent, else the fingerprint of its bytes. */
export function jobIdOf({ properties, content }: ConsumeMessage): string {
  return textOr(properties.messageId) ?? textOr(idIn(content)) ?? fingerprintOf(content);
}

/** Identifies a message across its redeliveries. A republished job has another key. */
export function deliveryKeyOf(message: ConsumeMessage): string {
  return `${countIn(message, REPUBLICATIONS_HEADER)} ${jobIdOf(message)}`;
}

/** The message of a failed job for its retry queue or its dead-letter queue. */
export function republicationOf(
  message: ConsumeMessage,
  outcome: Exclude<Outcome, { kind: 'ack' }>,
  queue: WorkQueue,
): OutgoingMessage {
  const isLost = outcome.kind === 'dead-letter';
  const headers = Object.entries(message.properties.headers ?? {});
  return {
    exchange: '',
    routingKey: isLost ? deadLetterQueueName(queue) : retryQueueName(queue, outcome.delayMs),
    body: message.content,
    properties: {
      ...copiedProperties(message),
      messageId: jobIdOf(message),
      headers: {
        ...Object.fromEntries(headers.filter(([name]) => !ROUTING_HEADERS.includes(name))),
        [REPUBLICATIONS_HEADER]: countIn(message, REPUBLICATIONS_HEADER) + 1,
        [ERROR_HEADER]: outcome.error,
        ...(isLost ? { [REASON_HEADER]: outcome.reason } : { [ATTEMPT_HEADER]: outcome.attempt }),
      },
    },
  };
}

/** n.b. amqplib accepts an absent property, and throws at an undefined one. */
function copiedProperties({ properties }: ConsumeMessage): Options.Publish {
  const copied = COPIED_PROPERTIES.map((name) => [name, properties[name] as unknown] as const);
  return Object.fromEntries(copied.filter(([, value]) => value !== undefined));
}

/** Validates the header, which a foreign publisher may have set. */
function countIn({ properties }: ConsumeMessage, header: string): number {
  const count: unknown = properties.headers?.[header];
  return Number.isSafeInteger(count) ? Math.max(0, count as number) : 0;
}

function idIn(body: Buffer): unknown {
  try {
    return (JSON.parse(body.toString('utf8')) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}

/** n.b. a message's id has at most 255 bytes. */
function textOr(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return Buffer.byteLength(value) <= 255 ? value : undefined;
}
