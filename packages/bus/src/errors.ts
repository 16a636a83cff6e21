/** Identifies the failure of a bus operation. */
export type BusErrorCode =
  /** The bus was closed. */
  | 'CLOSED'
  /** The data doesn't match the event type's schema. */
  | 'INVALID_EVENT'
  /** The encoded event is larger than `MAX_EVENT_BYTES`. */
  | 'TOO_LARGE'
  /** No queue or log is bound to the event's exchange and routing key. */
  | 'UNROUTABLE'
  /** The broker refused the event, for example because a bounded queue is full. */
  | 'REFUSED'
  /** The broker didn't confirm in time: the event may have arrived or not. */
  | 'UNCONFIRMED'
  /** Too many events wait for the broker. */
  | 'OVERLOADED';

/** The error with which the operations of the bus reject. */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown by a job's handler when a retry can't succeed: the job goes to the dead-letter queue at once. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
}

/**
 * Thrown by a job's handler when the job can't run yet: the job waits in the first retry queue, and
 * no attempt is counted. The handler must bound the postponements, for example by an expiry.
 */
export class PostponeError extends Error {
  override readonly name = 'PostponeError';
}
