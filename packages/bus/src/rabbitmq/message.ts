import { type CloudEvent, CONTENT_TYPE, encodeEvent } from '../cloud-event.ts';
import type { EventType } from '../event-type.ts';
import type { OutgoingMessage } from './publisher.ts';

/** An event as an AMQP message; its properties repeat what the broker's tools show. */
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
      // n.b. AMQP's timestamps are in seconds
      timestamp: Math.floor(Date.parse(event.time) / 1000),
      appId: event.source,
      contentType: CONTENT_TYPE,
      contentEncoding: 'utf-8',
      headers: { traceparent: event.traceparent },
      ...(correlationId === undefined ? {} : { correlationId }),
    },
  };
}
