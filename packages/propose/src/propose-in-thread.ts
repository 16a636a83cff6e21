import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Page } from '@quotewire/extract';
import type { Entry } from './propose.ts';
import { ProposeError } from './propose-error.ts';
import type { Answer } from './worker.ts';

export interface ThreadLimits {
  /** Time for one page, the start of its thread included, in ms. Default 30,000. */
  timeoutMs?: number;
  /** Heap of the thread in MB. Default 256. */
  maxHeapMb?: number;
}

/** n.b. with V8's default young generation, lack of memory may end the whole process; see packages/extract. */
const MAX_YOUNG_MB = 16;

/**
 * Proposes as `propose` does, in a thread of its own, so that a page which takes too long or too much
 * memory affects nothing else. Rejects with a `ProposeError`.
 */
export async function proposeInThread(
  { url, contentType, body }: Page,
  { timeoutMs = 30_000, maxHeapMb = 256 }: ThreadLimits = {},
): Promise<Entry> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { url, contentType, body: new Uint8Array(body) },
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    execArgv: [],
  });
  try {
    const [answer] = (await once(worker, 'message', {
      signal: AbortSignal.timeout(timeoutMs),
    })) as [Answer];
    if (answer.type === 'proposed') return answer.entry;
    throw new ProposeError(answer.message);
  } catch (cause) {
    if (cause instanceof ProposeError) throw cause;
    const reason =
      (cause as Error).name === 'AbortError'
        ? `it takes longer than ${timeoutMs / 1_000} s`
        : (cause as Error).message;
    throw new ProposeError(`no proposal for ${url}: ${reason}; write the entry by hand`, { cause });
  } finally {
    await worker.terminate();
  }
}
