import { setTimeout as delay } from 'node:timers/promises';
import { type Spread, spreadOf } from '../figures.ts';
import { kernelBytes, maxDescriptors } from '../proc.ts';
import { Stage } from '../scale/stage.ts';

/** Descriptors that a process needs beside its streams, and room for workers that get more than others. */
const SPARE_DESCRIPTORS = 5_000;
const MIN_WORKERS = 2;
/** Before memory is read: after a while V8 gives back what a start or a storm of connections took. */
const IDLE_MS = 20_000;
const SINGLE_EVENTS = 10;
const STEADY_EVENTS = 30;
const STEADY_INTERVAL_MS = 1_000;
const ARRIVAL_DEADLINE_MS = 60_000;
const BACK_DEADLINE_MS = 180_000;

/** The costs of a number of subscribers. */
export interface ScaleFigures {
  readonly subscribers: number;
  /** Server processes, beside their primary. */
  readonly workers: number;
  /** Resident memory of all server processes. */
  readonly rssBytes: number;
  /** The same, without what they had before the first subscriber, for each subscriber. */
  readonly bytesEach: number;
  /** Memory of the kernel for the sockets at both ends of a stream. */
  readonly kernelBytesEach: number;
  /** From publishing an event at the broker to its arrival at the last subscriber, in ms. */
  readonly lastArrivalMs: Spread;
  /** The same over half a minute of one event a second. */
  readonly steadyMs: Spread;
  /** From SIGTERM until every subscriber has received an event of the new process. */
  readonly backSeconds: number;
}

/** Measures one number of subscribers after the other. Throws unless each subscriber receives each event, once and in order. */
export async function measureScale({
  sizes,
  onProgress,
}: {
  sizes: readonly number[];
  onProgress: (line: string) => void;
}): Promise<ScaleFigures[]> {
  const figures: ScaleFigures[] = [];
  for (const subscribers of sizes) {
    const streams = maxDescriptors() - SPARE_DESCRIPTORS;
    const needed = Math.ceil(subscribers / streams);
    const workers = Math.max(MIN_WORKERS, needed);
    onProgress(`${subscribers} subscribers: ${workers} workers, ${needed} load processes`);
    const options = { subscribers, workers, loadProcesses: needed };
    figures.push(
      await Stage.run(options, (stage) => measureStage(stage, { ...options, onProgress })),
    );
  }
  return figures;
}

async function measureStage(
  stage: Stage,
  {
    subscribers,
    workers,
    onProgress,
  }: { subscribers: number; workers: number; onProgress: (line: string) => void },
): Promise<ScaleFigures> {
  await delay(IDLE_MS);
  const [rssBefore, kernelBefore] = [stage.rssBytes(), kernelBytes()];
  await stage.join();
  await delay(IDLE_MS);
  const rssBytes = stage.rssBytes();
  const bytesEach = (rssBytes - rssBefore) / subscribers;
  const kernelBytesEach = (kernelBytes() - kernelBefore) / subscribers;
  onProgress(`${(bytesEach / 1024).toFixed(1)} KiB each`);

  // the first one is slow, since code is compiled
  await stage.publishToAll({ timeoutMs: ARRIVAL_DEADLINE_MS });
  const singles: number[] = [];
  for (let count = 0; count < SINGLE_EVENTS; count += 1) {
    singles.push(await stage.publishToAll({ timeoutMs: ARRIVAL_DEADLINE_MS }));
    await delay(STEADY_INTERVAL_MS / 2);
  }
  const lastArrivalMs = spreadOf(singles);
  onProgress(`${lastArrivalMs.median.toFixed(0)} ms to the last`);

  const steady: number[] = [];
  for (let count = 0; count < STEADY_EVENTS; count += 1) {
    const pause = delay(STEADY_INTERVAL_MS);
    steady.push(await stage.publishToAll({ timeoutMs: ARRIVAL_DEADLINE_MS }));
    await pause;
  }
  await stage.assertExact();
  onProgress(`${STEADY_EVENTS} events, one a second: each once and in order`);

  const startedAt = performance.now();
  await stage.restart();
  await stage.publishToAll({ timeoutMs: BACK_DEADLINE_MS });
  const backSeconds = (performance.now() - startedAt) / 1_000;
  await stage.assertExact();
  onProgress(`all back after ${backSeconds.toFixed(1)} s: each event once and in order`);
  return {
    subscribers,
    workers,
    rssBytes,
    bytesEach,
    kernelBytesEach,
    lastArrivalMs,
    steadyMs: spreadOf(steady),
    backSeconds,
  };
}
