import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Source } from '@quotewire/sources';
import type { ExtractedPage } from './extract-quotes.ts';
import { ExtractError } from './extract-error.ts';
import type { Page } from './extract-items.ts';
import type { PageMessage, WorkerMessage } from './worker-messages.ts';

export interface WorkerLimits {
  timeoutMs: number;
  maxHeapMb: number;
}

/**
 * n.b. V8 terminates a worker near its heap limit, but the whole process if one garbage collection
 * exceeds the limit. With the default young generation a third of the workers did; with this size none.
 */
const MAX_YOUNG_MB = 16;

interface Started {
  worker: Worker;
  /** The keys of the sources that the worker has received. */
  sourceKeys: Map<Source, number>;
}

/** Runs one worker with one page at a time. The worker starts with the first page, and restarts after a failure with the next page. */
export class PageWorker {
  readonly #limits: WorkerLimits;
  #started: Started | undefined;

  constructor(limits: WorkerLimits) {
    this.#limits = limits;
  }

  /** Rejects with an `ExtractError`; a timeout, a crash or lack of memory terminates the worker. */
  async extract(
    page: Page,
    { source, scrapedAt }: { source: Source; scrapedAt: string },
  ): Promise<ExtractedPage> {
    try {
      // the start takes longer than most pages, and the timeout doesn't cover it
      const { worker, sourceKeys } = (this.#started ??= await this.#start());
      const known = sourceKeys.get(source);
      const sourceKey = known ?? sourceKeys.size;
      sourceKeys.set(source, sourceKey);
      // a copy of these bytes is transferred: a clone would include the whole underlying buffer
      const body = new Uint8Array(page.body);
      const message: PageMessage = {
        page: { url: page.url, contentType: page.contentType, body },
        sourceKey,
        source: known === undefined ? source : undefined,
        scrapedAt,
      };
      const answered = nextMessage(worker, this.#limits.timeoutMs);
      worker.postMessage(message, [body.buffer]);
      const answer = await answered;
      if (answer.type === 'extracted') return answer.extracted;
      if (answer.type === 'failed') throw new ExtractError(answer.message, { code: answer.code });
      throw new Error(`the worker answered "${answer.type}" instead of "extracted"`);
    } catch (error) {
      if (error instanceof ExtractError) throw error;
      await this.close();
      throw this.#explain(error as NodeJS.ErrnoException, { page, source });
    }
  }

  /** Terminates the worker at once. */
  async close(): Promise<void> {
    const started = this.#started;
    this.#started = undefined;
    await started?.worker.terminate();
  }

  async #start(): Promise<Started> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      resourceLimits: {
        maxOldGenerationSizeMb: this.#limits.maxHeapMb,
        maxYoungGenerationSizeMb: MAX_YOUNG_MB,
      },
      execArgv: [],
    });
    // an error between two pages must not crash the process; the next page starts a new worker
    worker.on('error', () => {});
    worker.once('exit', () => {
      if (this.#started?.worker === worker) this.#started = undefined;
    });
    await once(worker, 'message');
    return { worker, sourceKeys: new Map() };
  }

  #explain(
    cause: NodeJS.ErrnoException,
    { page: { url }, source: { name } }: { page: Page; source: Source },
  ): ExtractError {
    const { timeoutMs, maxHeapMb } = this.#limits;
    const fix = `check the selectors, the patterns and the url of source "${name}"`;
    if (cause.name === 'TimeoutError')
      return new ExtractError(`${url} took longer than ${timeoutMs} ms to parse: ${fix}`, {
        code: 'timed-out',
        cause,
      });
    if (cause.code === 'ERR_WORKER_OUT_OF_MEMORY')
      return new ExtractError(`${url} took more than ${maxHeapMb} MB to parse: ${fix}`, {
        code: 'out-of-memory',
        cause,
      });
    return new ExtractError(`${url} crashed its worker (${cause.message}): ${fix}`, {
      code: 'crashed',
      cause,
    });
  }
}

/** Resolves with the worker's next message; rejects with the worker's error, or a `TimeoutError`. */
async function nextMessage(worker: Worker, timeoutMs: number): Promise<WorkerMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<WorkerMessage>();
  const timer = setTimeout(
    () => reject(Object.assign(new Error('no answer in time'), { name: 'TimeoutError' })),
    timeoutMs,
  );
  const onExit = (code: number) => reject(new Error(`exit code ${code}`));
  worker.once('message', resolve).once('error', reject).once('exit', onExit);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', reject).off('exit', onExit);
  }
}
