import { setTimeout as delay } from 'node:timers/promises';
import type { TcpProxy } from '../support/tcp-proxy.ts';

/** A broker that can be ill-treated. */
export interface ChaosBroker {
  kill9(): Promise<void>;
  restart(): Promise<void>;
  pause(): void | Promise<void>;
  resume(): void | Promise<void>;
  /** Raises the memory alarm, so that publishers are blocked, and ends it. */
  alarm(isOn: boolean): Promise<void>;
}

export interface FaultTargets {
  broker: ChaosBroker;
  links: readonly TcpProxy[];
  restartWorker: () => Promise<void>;
  /** From 0 to 1. */
  random: () => number;
}

/** Each breaks something, leaves it broken for a while and mends it. */
export const faults: Readonly<Record<string, (targets: FaultTargets) => Promise<void>>> = {
  'broker killed': async ({ broker, random }) => {
    await broker.kill9();
    await delay(random() * 2_000);
    await broker.restart();
  },
  'broker paused': async ({ broker, random }) => {
    await broker.pause();
    await delay(1_000 + random() * 6_000);
    await broker.resume();
  },
  'broker out of memory': async ({ broker, random }) => {
    await broker.alarm(true);
    await delay(1_000 + random() * 3_000);
    await broker.alarm(false);
  },
  'link cut': async (targets) => {
    const link = oneOf(targets.links, targets.random);
    await link.cut();
    await delay(targets.random() * 3_000);
    await link.heal();
  },
  'link half-open': async (targets) => {
    const link = oneOf(targets.links, targets.random);
    link.stall();
    await delay(1_000 + targets.random() * 7_000);
    await link.heal();
  },
  'worker killed': ({ restartWorker }) => restartWorker(),
};

/** One of several, as `random` has it. */
export function oneOf<T>(choices: readonly T[], random: () => number): T {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new RangeError('there is nothing to choose from');
  return choice;
}

/** The same numbers from 0 to 1 for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
