import { randomBytes } from 'node:crypto';

// n.b. ids of all zeros are invalid
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/**
 * Creates a `traceparent`: the parent's trace with a new parent id, or a new trace without a parent.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function continueTrace(parent: string | undefined): string {
  const [, traceId = randomBytes(16).toString('hex'), flags = '00'] =
    TRACEPARENT.exec(parent ?? '') ?? [];
  return `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
}
