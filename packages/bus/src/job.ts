import { inspect } from 'node:util';
import type { JobHandler } from './bus.ts';
import { decodeEvent, InvalidMessageError } from './cloud-event.ts';
import { PermanentError, PostponeError } from './errors.ts';
import type { EventType } from './event-type.ts';
import type { WorkQueue } from './topology.ts';

/** The outcome of one attempt at a job. `attempt` counts from 0, the first delivery. */
export type Outcome =
  | { readonly kind: 'ack' }
  | {
      readonly kind: 'retry' | 'postpone';
      readonly delayMs: number;
      readonly attempt: number;
      readonly error: string;
    }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason; readonly error: string };

/** `permanent`: the handler threw a `PermanentError`. `exhausted`: all retries failed. Others: the message was invalid. */
export type DeadLetterReason = 'permanent' | 'exhausted' | InvalidMessageError['reason'];

/** A delivered job. */
export interface JobMessage {
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly attempt: number;
  /** Whether the broker delivered this message before. */
  readonly isRedelivered: boolean;
}

/** Runs the handler on the job in a message and returns the outcome. Never rejects. */
export async function runJob<E extends EventType>(
  message: JobMessage,
  { queue, handle }: { queue: WorkQueue<E>; handle: JobHandler<E> },
): Promise<Outcome> {
  const isRepeat = message.isRedelivered || message.attempt > 0;
  try {
    await handle(decodeEvent(message, [queue.event]), { isRepeat });
    return { kind: 'ack' };
  } catch (error) {
    return decide(error, { attempt: message.attempt, retryDelaysMs: queue.retryDelaysMs });
  }
}

/** Decides the outcome of a job whose handler rejected. */
export function decide(
  error: unknown,
  { attempt, retryDelaysMs }: { attempt: number; retryDelaysMs: readonly number[] },
): Outcome {
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
  // a thrown value may have no string form
  return typeof error === 'string' ? error : inspect(error);
}
