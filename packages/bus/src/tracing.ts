import type { Bus, EntryHandler } from './bus.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { EventType } from './event-type.ts';
import type { Log } from './topology.ts';

/** Records the spans of traces; `@quotewire/service` has one that sends them by OpenTelemetry. */
export interface Tracing {
  /** Begins a span below the span that `traceparent` names; without one, a new trace. */
  begin(name: string, options: SpanOptions): Span;
}

export interface SpanOptions {
  kind: 'producer' | 'consumer' | 'internal';
  traceparent?: string | undefined;
  attributes?: SpanAttributes;
}

/** Values by the names of OpenTelemetry's semantic conventions. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** A step of a trace. */
export interface Span {
  /** W3C Trace Context, for the spans below this one. */
  readonly traceparent: string;
  /** Ends the span; with an error, as failed. */
  end(outcome?: { attributes?: SpanAttributes; error?: unknown }): void;
}

/**
 * Returns a bus that records spans: of each publish, of each job, and of each entry of a log that is
 * followed with `isTraced`. What a handler publishes with its event as the cause is below its span.
 * Without `tracing`, returns the bus itself.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/
 */
export function withTraces<B extends Bus>(bus: B, tracing: Tracing | undefined): B {
  if (tracing === undefined) return bus;
  const traces: Pick<Bus, 'publish' | 'consume' | 'follow'> = {
    publish(eventType, data, options = {}) {
      const span = tracing.begin(...publishing(eventType, options.cause));
      const published = bus.publish(eventType, data, { ...options, traceparent: span.traceparent });
      return endWith(span, published, ({ id }) => ({ 'messaging.message.id': id }));
    },
    consume(queue, handle, options) {
      const handleTraced: typeof handle = (event, delivery) => {
        const span = tracing.begin(...processing(event, queue.event, queue.name));
        return endWith(span, handle({ ...event, traceparent: span.traceparent }, delivery));
      };
      return bus.consume(queue, handleTraced, options);
    },
    follow(log, handle, options = {}) {
      if (options.isTraced !== true) return bus.follow(log, handle, options);
      let isLive = false;
      const traced = traceEntries(tracing, log, handle);
      const follower = bus.follow(log, (entry) => (isLive ? traced : handle)(entry), options);
      follower.caughtUp.then(
        () => {
          isLive = true;
        },
        () => {},
      );
      return follower;
    },
  };
  return { ...bus, ...traces };
}

/** Runs work as a span below that of an event; without `tracing` it only runs the work. */
export function traceWork<T>(
  tracing: Tracing | undefined,
  span: { name: string; event: CloudEvent; attributes: SpanAttributes },
  work: () => Promise<T>,
): Promise<T> {
  if (tracing === undefined) return work();
  const { name, event, attributes } = span;
  const { traceparent } = event;
  return endWith(tracing.begin(name, { kind: 'internal', traceparent, attributes }), work());
}

function traceEntries<E extends EventType>(
  tracing: Tracing,
  log: Log<E>,
  handle: EntryHandler<E>,
): EntryHandler<E> {
  return (entry) => {
    const event: CloudEvent | undefined = entry.event;
    const eventType = log.events.find(({ type }) => type === event?.type);
    if (event === undefined || eventType === undefined) return handle(entry);
    const span = tracing.begin(...processing(event, eventType, log.name));
    try {
      handle(entry);
      span.end();
    } catch (error) {
      span.end({ error });
      throw error;
    }
  };
}

/** Ends a span when the work settles. */
async function endWith<T>(
  span: Span,
  work: Promise<T>,
  attributesOf: (result: T) => SpanAttributes = () => ({}),
): Promise<T> {
  try {
    const result = await work;
    span.end({ attributes: attributesOf(result) });
    return result;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}

function publishing(eventType: EventType, cause: CloudEvent | undefined): [string, SpanOptions] {
  const destination = `${eventType.exchange}:${eventType.routingKey}`;
  const attributes = attributesOf(eventType, { destination, operation: 'publish', type: 'send' });
  return [
    `publish ${destination}`,
    { kind: 'producer', traceparent: cause?.traceparent, attributes },
  ];
}

function processing(event: CloudEvent, eventType: EventType, queue: string): [string, SpanOptions] {
  const destination = `${eventType.exchange}:${eventType.routingKey}:${queue}`;
  const attributes = {
    ...attributesOf(eventType, { destination, operation: 'process', type: 'process' }),
    'messaging.message.id': event.id,
  };
  const { traceparent } = event;
  return [`process ${destination}`, { kind: 'consumer', traceparent, attributes }];
}

function attributesOf(
  { routingKey }: EventType,
  { destination, operation, type }: { destination: string; operation: string; type: string },
): SpanAttributes {
  return {
    'messaging.system': 'rabbitmq',
    'messaging.operation.name': operation,
    'messaging.operation.type': type,
    'messaging.destination.name': destination,
    'messaging.rabbitmq.destination.routing_key': routingKey,
  };
}
