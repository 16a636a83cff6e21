import { parentPort, workerData } from 'node:worker_threads';
import type { Page } from '@quotewire/extract';
import { type Entry, propose } from './propose.ts';

/** A worker's only message. */
export type Answer =
  | { readonly type: 'proposed'; readonly entry: Entry }
  | { readonly type: 'refused'; readonly message: string };

function answerFor(page: Page): Answer {
  try {
    return { type: 'proposed', entry: propose(page) };
  } catch (error) {
    return { type: 'refused', message: (error as Error).message };
  }
}

parentPort?.postMessage(answerFor(workerData as Page), []);
