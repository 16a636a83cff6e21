import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Source } from '@quotewire/sources';
import type { ExtractedPage } from '../extract-quotes.ts';
import { ExtractError } from './extract-error.ts';
import type { Page } from './extract-items.ts';
import type { PageMessage, WorkerMessage } from './worker-messages.ts';

export interface ThreadLimits {
  timeoutMs: number;
  maxHeapMb: number;
}

/**
 * n.b. V8 ends a worker that comes near its limit, but the whole process when one collection brings
 * it beyond: with a young generation of the default size a third of the workers did that, with this none.
 */
const MAX_YOUNG_MB = 16;

interface Started {
  worker: Worker;
  /** The key of each source that it has. */
  sourceKeys: Map<Source, number>;
}

/** One worker, one page at a time. It's started for the first page, and again for the next one after it failed. */
export class ExtractThread {
  readonly #limits: ThreadLimits;
  #started: Started | undefined;

  constructor(limits: ThreadLimits) {
    this.#limits = limits;
  }

  /** Rejects with `ExtractError`; after one that isn't the page's own fault the worker is gone. */
  async extract(
    page: Page,
    { source, scrapedAt }: { source: Source; scrapedAt: string },
  ): Promise<ExtractedPage> {
    try {
      // n.b. starting takes longer than most pages and isn't the page's time
      const { worker, sourceKeys } = (this.#started ??= await this.#start());
      const known = sourceKeys.get(source);
      const sourceKey = known ?? sourceKeys.size;
      sourceKeys.set(source, sourceKey);
      // one copy of just these bytes, moved: a clone would take along all of the buffer that they're part of
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
      throw new Error(`it said "${answer.type}" instead of what is on the page`);
    } catch (error) {
      if (error instanceof ExtractError) throw error;
      await this.close();
      throw this.#explain(error as NodeJS.ErrnoException, { page, source });
    }
  }

  /** Ends the worker, whatever it does. */
  async close(): Promise<void> {
    const started = this.#started;
    this.#started = undefined;
    await started?.worker.terminate();
  }

  async #start(): Promise<Started> {
    const worker = new Worker(new URL('./extract-worker.ts', import.meta.url), {
      resourceLimits: {
        maxOldGenerationSizeMb: this.#limits.maxHeapMb,
        maxYoungGenerationSizeMb: MAX_YOUNG_MB,
      },
      execArgv: [],
    });
    // n.b. what comes between two pages has no one to wait for it; the next page finds the worker gone
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
    const fix = `look at the selectors and patterns of source "${name}", and whether its url is a page of quotes`;
    if (cause.name === 'TimeoutError')
      return new ExtractError(`${url} took longer than ${timeoutMs} ms to read: ${fix}`, {
        code: 'timed-out',
        cause,
      });
    if (cause.code === 'ERR_WORKER_OUT_OF_MEMORY')
      return new ExtractError(`${url} took more than ${maxHeapMb} MB to read: ${fix}`, {
        code: 'out-of-memory',
        cause,
      });
    return new ExtractError(`${url} ended its worker (${cause.message}): ${fix}`, {
      code: 'crashed',
      cause,
    });
  }
}

/** The worker's next message; rejects with what ended it, or a `TimeoutError`. */
async function nextMessage(worker: Worker, timeoutMs: number): Promise<WorkerMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<WorkerMessage>();
  const timer = setTimeout(
    () => reject(Object.assign(new Error('no answer in time'), { name: 'TimeoutError' })),
    timeoutMs,
  );
  const onExit = (code: number) => reject(new Error(`it ended with exit code ${code}`));
  worker.once('message', resolve).once('error', reject).once('exit', onExit);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', reject).off('exit', onExit);
  }
}
