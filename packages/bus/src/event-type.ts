import type { Static, TSchema } from 'typebox';
import type { CloudEvent } from './cloud-event.ts';

/** The contract of one kind of event: its name, its exchange and routing key, and the schema of its `data`. */
export interface EventType<Type extends string = string, Data extends TSchema = TSchema> {
  /** Routing key and major version, for example `quote.scraped.v1`. */
  readonly type: Type;
  /** The topic exchange to which events of this type are published. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly data: Data;
}

/** The CloudEvent that an event type describes; of a union of types, the union of their events. */
export type EventOf<E extends EventType> =
  E extends EventType<infer Type, infer Data> ? CloudEvent<Type, Static<Data>> : never;

/** The `data` of an event of this type. */
export type DataOf<E extends EventType> = Static<E['data']>;

/** Defines one kind of event, in its first major version. */
export function defineEvent<const RoutingKey extends string, Data extends TSchema>(definition: {
  exchange: string;
  routingKey: RoutingKey;
  data: Data;
}): EventType<`${RoutingKey}.v1`, Data> {
  return Object.freeze({ ...definition, type: `${definition.routingKey}.v1` as const });
}
