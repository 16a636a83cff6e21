export type {
  Bus,
  BusLogger,
  BusStatus,
  Consumer,
  ConsumeOptions,
  EntryHandler,
  Follower,
  FollowOptions,
  GapReason,
  JobDelivery,
  JobHandler,
  Lock,
  LogEntry,
  LogStatus,
  PublishOptions,
  QueueDepth,
} from './bus.ts';
export {
  type CloudEvent,
  CONTENT_TYPE,
  createEvent,
  encodeEvent,
  MAX_EVENT_BYTES,
} from './cloud-event.ts';
export { type BusCount, busCounters } from './counters.ts';
export { type BusMetrics, busCountersOf, exposeBus } from './metrics.ts';
export { BusError, type BusErrorCode, PermanentError, PostponeError } from './errors.ts';
export { type DataOf, defineEvent, type EventOf, type EventType } from './event-type.ts';
export { createMemoryBus, type MemoryBus } from './memory/memory-bus.ts';
export { fingerprintOf, type Position } from './position.ts';
export { isLoginRefused } from './rabbitmq/backoff.ts';
export type { DeadLetter } from './rabbitmq/dead-letter.ts';
export { type DeadLetters, openDeadLetters } from './rabbitmq/dead-letters.ts';
export {
  connectRabbitMq,
  type RabbitMqBus,
  type RabbitMqOptions,
} from './rabbitmq/rabbitmq-bus.ts';
export { type Span, type SpanOptions, traceWork, type Tracing, withTraces } from './tracing.ts';
export {
  deadLetterQueueName,
  type Log,
  retryQueueName,
  type Topology,
  type WorkQueue,
} from './topology.ts';
