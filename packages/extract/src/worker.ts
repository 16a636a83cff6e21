import { parentPort } from 'node:worker_threads';
import type { Source } from '@quotewire/sources';
import { extractQuotes } from './extract-quotes.ts';
import { ExtractError } from './extract-error.ts';
import type { PageMessage, WorkerMessage } from './worker-messages.ts';

const sources = new Map<number, Source>();

function answer({ page, sourceKey, source, scrapedAt }: PageMessage): WorkerMessage {
  if (source !== undefined) sources.set(sourceKey, source);
  const known = sources.get(sourceKey);
  try {
    if (known === undefined) throw new Error(`source ${sourceKey} is missing`);
    return { type: 'extracted', extracted: extractQuotes(page, { source: known, scrapedAt }) };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof ExtractError) return { type: 'failed', code: error.code, message };
    return { type: 'failed', code: 'crashed', message };
  }
}

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message, []);
}

parentPort?.on('message', (message: PageMessage) => post(answer(message)));
post({ type: 'ready' });
