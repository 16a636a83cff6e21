import type { ConsumeMessage, Options } from 'amqplib';
import { type CloudEvent, CONTENT_TYPE, encodeEvent } from '../cloud-event.ts';
import type { EventType } from '../event-type.ts';

/** A message with its exchange and routing key. */
export interface OutgoingMessage {
  exchange: string;
  routingKey: string;
  body: Buffer;
  properties: Options.Publish & { messageId: string };
}

/** Encodes an event as an AMQP message. Its properties repeat the attributes that the broker's tools show. */
export function messageOf(
  event: CloudEvent,
  { eventType, correlationId }: { eventType: EventType; correlationId: string | undefined },
): OutgoingMessage {
  return {
    exchange: eventType.exchange,
    routingKey: eventType.routingKey,
    body: encodeEvent(event),
    properties: {
      messageId: event.id,
      type: event.type,
      // n.b. AMQP timestamps are in seconds
      timestamp: Math.floor(Date.parse(event.time) / 1000),
      appId: event.source,
      contentType: CONTENT_TYPE,
      contentEncoding: 'utf-8',
      headers: { traceparent: event.traceparent },
      ...(correlationId === undefined ? {} : { correlationId }),
    },
  };
}

/** The offset of a message that a stream delivered. */
export function offsetOf(message: ConsumeMessage): number {
  return message.properties.headers?.['x-stream-offset'] as number;
}
