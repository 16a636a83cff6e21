/** Set on a republished job: its retries, from 0. The broker's own counters differ between versions. */
export const ATTEMPT_HEADER = 'x-attempt';
/** Set on a republished job: the number of times. The retry of a dead letter keeps the header, so that the job isn't mistaken for a finished delivery. */
export const REPUBLICATIONS_HEADER = 'x-passed-on';
/** Set on a republished job: the last error of its handler. */
export const ERROR_HEADER = 'x-error';
/** Set on a job that the consumer dead-letters: the reason. */
export const REASON_HEADER = 'x-dead-letter-reason';

/** Set by the broker when it dead-letters a message. */
export const DEATHS_HEADER = 'x-death';
/** Set by a quorum queue: the number of earlier deliveries. */
export const DELIVERY_COUNT_HEADER = 'x-delivery-count';
/** Set by a quorum queue of RabbitMQ 4.3 or newer: the number of times that a consumer acquired the message. */
export const ACQUIRED_COUNT_HEADER = 'x-acquired-count';
