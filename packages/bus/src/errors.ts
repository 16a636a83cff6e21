/** What went wrong on the bus, for code that wants to tell cases apart. */
export type BusErrorCode =
  /** The bus was closed. */
  | 'CLOSED'
  /** The data doesn't match the event type's schema. */
  | 'INVALID_EVENT'
  /** The encoded event is larger than `maxEventBytes`. */
  | 'TOO_LARGE'
  /** No queue and no log is bound to the event's exchange and routing key. */
  | 'UNROUTABLE'
  /** The broker refused the event, for example because a bounded queue is full. */
  | 'REFUSED'
  /** The broker didn't confirm in time: the event may have arrived or not. */
  | 'UNCONFIRMED'
  /** Too many events already wait for the broker. */
  | 'OVERLOADED';

/** The error of everything that the bus rejects with. */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown by a job's handler when trying again can't help: the job goes to the dead-letter queue at once. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
}

/**
 * Thrown by a job's handler when the job can't be done now by no fault of its own: it waits in the
 * first retry queue, and no attempt is counted. It's the handler's to end that, for example when
 * the job has expired.
 */
export class PostponeError extends Error {
  override readonly name = 'PostponeError';
}
