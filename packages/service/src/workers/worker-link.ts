import { setTimeout as delay } from 'node:timers/promises';
import { httpError } from '../http-error.ts';
import type { Metrics } from '../metrics.ts';
import { Channel, type ChannelEnd, type Notice } from './channel.ts';

const READY_POLL_MS = 50;
/** Longer than the primary waits for other workers, and shorter than Prometheus waits for an answer. */
const ANSWER_MS = 8_000;

const NO_ANSWER = "the primary process doesn't answer";

/** What an app needs of the other workers: answers for all of them, whichever is asked. */
export interface Workers {
  /** Sets what this worker answers: the reasons why it isn't ready. */
  reportProblems(own: () => string[]): void;
  /** The reasons why any worker that accepts connections isn't ready. */
  problems(): Promise<string[]>;
  /** The metrics of all, in Prometheus' text format. */
  metrics(): Promise<string>;
}

/** How a worker starts: its number, and whether it accepts connections only once it has caught up. */
export interface WorkerStart {
  readonly number: number;
  readonly waits: boolean;
}

/** The variable by which a primary tells a worker how it starts. */
export const WORKER_START = 'WORKER_START';

export function readWorkerStart(env: Readonly<Record<string, string | undefined>>): WorkerStart {
  return JSON.parse(env[WORKER_START] ?? '{"number":1,"waits":false}') as WorkerStart;
}

/** A worker's connection to its primary. */
export class WorkerLink implements Workers {
  readonly #channel: Channel;
  readonly #metrics: Metrics;
  #own: () => string[] = () => ['it starts'];
  readonly #toldToListen = Promise.withResolvers<void>();
  #onEnd: (order: 'retire' | 'close') => void = () => process.exit(0);

  constructor({ metrics }: { metrics: Metrics }) {
    this.#metrics = metrics;
    this.#channel = new Channel(process as ChannelEnd, {
      timeoutMs: ANSWER_MS,
      answer: async (question) => (question === 'problems' ? this.#own() : metrics.snapshot()),
      onNotice: (notice) => this.#onNotice(notice),
    });
  }

  reportProblems(own: () => string[]): void {
    this.#own = own;
  }

  async problems(): Promise<string[]> {
    const answer = await this.#channel.ask('problems');
    return (answer as string[] | undefined) ?? [NO_ANSWER];
  }

  async metrics(): Promise<string> {
    const answer = await this.#channel.ask('metrics');
    // the metrics of this worker alone would look like counters that have been reset
    if (answer === undefined) throw httpError(503, NO_ANSWER);
    return answer as string;
  }

  /** Calls `end` when the primary ends this worker. Until then an order ends the process at once. */
  onEnd(end: (order: 'retire' | 'close') => void): void {
    this.#onEnd = end;
  }

  /** Resolves once this worker has no problem, or is told that nobody else listens. */
  async untilItMayListen(): Promise<void> {
    await Promise.race([this.#untilReady(), this.#toldToListen.promise]);
  }

  /** Tells the primary once this worker has no problem. */
  async reportReady(): Promise<void> {
    await this.#untilReady();
    await this.#channel.tell({ isReady: true });
  }

  /** Leaves its counts with the primary, so that the sums don't fall when the worker has ended. */
  async leave(): Promise<void> {
    await this.#channel.tell({ lastMetrics: await this.#metrics.snapshot() });
  }

  async #untilReady(): Promise<void> {
    while (this.#own().length > 0) await delay(READY_POLL_MS, undefined, { ref: false });
  }

  #onNotice(notice: Notice): void {
    if (!('order' in notice)) return;
    if (notice.order === 'listen') this.#toldToListen.resolve();
    else this.#onEnd(notice.order);
  }
}
