import { randomUUID } from 'node:crypto';
import { Compile, type Validator } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { BusError, PermanentError } from './errors.ts';
import type { DataOf, EventOf, EventType } from './event-type.ts';
import { continueTrace } from './traceparent.ts';

/** CloudEvents JSON in structured mode: the body is the whole event. */
export const CONTENT_TYPE = 'application/cloudevents+json';

/** The largest body of an event, in bytes. Publishers and readers refuse larger ones. */
export const MAX_EVENT_BYTES = 64 * 1024;

/**
 * One typed fact on the bus.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/distributed-tracing.md
 */
export interface CloudEvent<Type extends string = string, Data = unknown> {
  readonly specversion: '1.0';
  /** A UUID, the same each time the event is sent. */
  readonly id: string;
  readonly type: Type;
  /** The process that published it, for example `/quotewire/scraper`. */
  readonly source: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** W3C Trace Context: an event and all events that it caused share one trace. */
  readonly traceparent: string;
  readonly data: Data;
}

/** Builds an event; throws `INVALID_EVENT` when the data doesn't match the type's schema. */
export function createEvent<E extends EventType>(
  eventType: E,
  data: DataOf<E>,
  options: {
    source: string;
    cause?: CloudEvent | undefined;
    traceparent?: string | undefined;
  },
): EventOf<E> {
  const problem = problemWith(data, eventType);
  if (problem !== undefined) {
    throw new BusError('INVALID_EVENT', `${eventType.type} can't be published: ${problem}`);
  }
  return {
    specversion: '1.0',
    id: randomUUID(),
    type: eventType.type,
    source: options.source,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    traceparent: options.traceparent ?? continueTrace(options.cause?.traceparent),
    data,
  } as EventOf<E>;
}

/** Encodes an event to the bytes of its message; throws `TOO_LARGE` above 64 KiB. */
export function encodeEvent(event: CloudEvent): Buffer {
  const body = Buffer.from(JSON.stringify(event));
  if (body.byteLength > MAX_EVENT_BYTES) {
    throw new BusError(
      'TOO_LARGE',
      `${event.type} has ${body.byteLength} bytes; MAX_EVENT_BYTES is ${MAX_EVENT_BYTES}`,
    );
  }
  return body;
}

/** Why a message isn't a valid event for its reader. */
export type InvalidMessageReason =
  | 'too-large'
  | 'wrong-content-type'
  | 'not-json'
  | 'not-a-cloud-event'
  | 'unknown-type'
  | 'invalid-data';

/** A message that no retry can turn into an event. */
export class InvalidMessageError extends PermanentError {
  override readonly name = 'InvalidMessageError';
  readonly reason: InvalidMessageReason;

  constructor(reason: InvalidMessageReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Decodes the event in a message's body and validates it against the first of `eventTypes` with its type; throws `InvalidMessageError`. */
export function decodeEvent<E extends EventType>(
  message: { contentType: string | undefined; body: Buffer },
  eventTypes: readonly E[],
): EventOf<E> {
  const { contentType, body } = message;
  if (body.byteLength > MAX_EVENT_BYTES) {
    throw new InvalidMessageError('too-large', `${body.byteLength} bytes`);
  }
  if (!isCloudEventType(contentType)) {
    throw new InvalidMessageError(
      'wrong-content-type',
      `${contentType ?? 'none'}, not ${CONTENT_TYPE}`,
    );
  }
  const event = parseJson(body);
  if (!isCloudEvent(event)) {
    throw new InvalidMessageError(
      'not-a-cloud-event',
      'specversion 1.0, id, type, source and time are required',
    );
  }
  const eventType = eventTypes.find(({ type }) => type === event.type);
  if (eventType === undefined) {
    throw new InvalidMessageError('unknown-type', event.type);
  }
  const problem = problemWith(event.data, eventType);
  if (problem !== undefined) {
    throw new InvalidMessageError('invalid-data', `${event.type}: ${problem}`);
  }
  return event as EventOf<E>;
}

/** Accepts parameters, and any case. */
function isCloudEventType(contentType: string | undefined): boolean {
  // fast path: the bus itself writes this spelling
  if (contentType === CONTENT_TYPE) return true;
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === CONTENT_TYPE;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new InvalidMessageError('not-json', (cause as Error).message, { cause });
  }
}

function isCloudEvent(value: unknown): value is CloudEvent {
  if (typeof value !== 'object' || value === null) return false;
  const event = value as Partial<Record<keyof CloudEvent, unknown>>;
  return (
    event.specversion === '1.0' &&
    isText(event.id) &&
    isText(event.type) &&
    isText(event.source) &&
    typeof event.time === 'string' &&
    !Number.isNaN(Date.parse(event.time))
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

const validators = new WeakMap<EventType, Validator>();

function problemWith(data: unknown, eventType: EventType): string | undefined {
  let validator = validators.get(eventType);
  if (validator === undefined) {
    validator = Compile<TSchema>(eventType.data);
    validators.set(eventType, validator);
  }
  if (validator.Check(data)) return undefined;
  const [error] = validator.Errors(data);
  return `data${error?.instancePath ?? ''} ${error?.message ?? 'is invalid'}`;
}
