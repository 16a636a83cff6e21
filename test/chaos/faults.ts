import { setTimeout as delay } from 'node:timers/promises';
import { oneOf, type TcpProxy } from '@quotewire/testing';
import type { FaultyBroker } from '../support/faulty-broker.ts';
import type { ChaosService } from './services.ts';

export const SERVICES = ['timer', 'scraper', 'quote-stream'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What faults are injected into, beside the broker. */
export interface FaultTargets {
  links: readonly TcpProxy[];
  services: Readonly<Record<ServiceName, ChaosService>>;
  restartWorker: () => Promise<void>;
  deleteWorkQueues: () => Promise<void>;
  /** Resolves once the broker has confirmed an event that was published after the call, or after three minutes without. */
  untilConfirming: () => Promise<void>;
  /** Returns a number from 0 to 1. */
  random: () => number;
}

/** Injects a fault, waits, and removes it. */
export type Fault = (targets: FaultTargets) => Promise<void>;

/** Faults by their names. */
export type Faults = Readonly<Record<string, Fault>>;

/** The faults of a system with one node of RabbitMQ. */
export function faultsWith(broker: FaultyBroker): Faults {
  return {
    'broker killed': async ({ random }) => {
      await broker.kill9();
      await delay(random() * 2_000);
      await broker.restart();
    },
    'broker paused': async ({ random }) => {
      await broker.pause();
      await delay(1_000 + random() * 6_000);
      await broker.resume();
    },
    'broker out of memory': async ({ random }) => {
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
    'work queues deleted': ({ deleteWorkQueues }) => deleteWorkQueues(),
    ...Object.fromEntries(SERVICES.flatMap(faultsOf)),
  };
}

function faultsOf(name: ServiceName): [string, Fault][] {
  return [
    [`${name} killed`, ({ services, random }) => services[name].kill(random() * 1_000)],
    [`${name} stopped`, ({ services, random }) => services[name].stop(random() * 1_000)],
    [`${name} suspended`, ({ services, random }) => services[name].suspend(random() * 6_000)],
  ];
}

/** Yields every kind of fault once in random order, then random ones without end. */
export function* scheduleOf(
  kinds: readonly string[],
  random: () => number,
): Generator<string, never> {
  const unused = [...kinds];
  while (unused.length > 0) {
    const name = oneOf(unused, random);
    unused.splice(unused.indexOf(name), 1);
    yield name;
  }
  for (;;) yield oneOf(kinds, random);
}
