import { inspect } from 'node:util';
import type { JobHandler } from './bus.ts';
import { decodeEvent, InvalidMessageError } from './cloud-event.ts';
import { PermanentError, PostponeError } from './errors.ts';
import type { EventType } from './event-type.ts';
import type { WorkQueue } from './topology.ts';

/** What becomes of a job. `attempt` counts from 0, the delivery that isn't a retry. */
export type Verdict =
  | { readonly kind: 'ack' }
  | {
      readonly kind: 'retry' | 'postpone';
      readonly delayMs: number;
      readonly attempt: number;
      readonly error: string;
    }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason; readonly error: string };

/** `permanent`: the handler said so. `exhausted`: every retry was used. Else the message itself was bad. */
export type DeadLetterReason = 'permanent' | 'exhausted' | InvalidMessageError['reason'];

/** Has the handler do the job in a message, and judges. Never rejects. */
export async function doJob<E extends EventType>(
  message: { contentType: string | undefined; body: Buffer; attempt: number },
  { queue, handle }: { queue: WorkQueue<E>; handle: JobHandler<E> },
): Promise<Verdict> {
  try {
    await handle(decodeEvent(message, [queue.event]));
    return { kind: 'ack' };
  } catch (error) {
    return judge(error, { attempt: message.attempt, retryDelaysMs: queue.retryDelaysMs });
  }
}

/** Decides about a job whose handler rejected. */
export function judge(
  error: unknown,
  { attempt, retryDelaysMs }: { attempt: number; retryDelaysMs: readonly number[] },
): Verdict {
  const text = describe(error).slice(0, 500);
  if (error instanceof PermanentError) {
    const reason = error instanceof InvalidMessageError ? error.reason : 'permanent';
    return { kind: 'dead-letter', reason, error: text };
  }
  const isPostponed = error instanceof PostponeError;
  const delayMs = retryDelaysMs[isPostponed ? 0 : attempt];
  if (delayMs === undefined) return { kind: 'dead-letter', reason: 'exhausted', error: text };
  if (isPostponed) return { kind: 'postpone', delayMs, attempt, error: text };
  return { kind: 'retry', delayMs, attempt: attempt + 1, error: text };
}

function describe(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  // n.b. anything can be thrown, even what has no string
  return typeof error === 'string' ? error : inspect(error);
}
