import { findBroker, type FoundBroker, versionOf } from '@quotewire/testing';
import type { TestProject } from 'vitest/node';
import { findChromium } from './find-chromium.ts';
import { OTHER_BROWSERS } from './other-browsers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** null: there is none, and tests that need one are skipped. */
    broker: FoundBroker | null;
    chromiumPath: string | null;
  }
}

/** Finds Chromium and a broker for the tests, logs them, and returns the teardown. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chromiumPath = findChromium();
  if (chromiumPath === undefined) {
    skip('tests in a browser', 'no Chromium: install it, or set CHROMIUM_PATH');
  } else console.log(`Chromium: ${chromiumPath}`);
  project.provide('chromiumPath', chromiumPath ?? null);

  for (const { name, missing } of OTHER_BROWSERS) {
    if (missing !== undefined)
      console.error(`SKIPPED: the live page in ${name}. There's no ${missing}: install it.`);
  }

  const broker = await findBroker();
  if (broker === undefined) {
    skip(
      'tests with a broker',
      'no RabbitMQ: set AMQP_URL, start Docker, or install rabbitmq-server',
    );
    project.provide('broker', null);
    return async () => {};
  }
  const { name, url, vhostMaker } = broker;
  try {
    console.log(`Broker: ${await versionOf(url)}, ${name}`);
  } catch (cause) {
    await broker.stop();
    throw new Error(`the broker (${name}) doesn't answer: ${(cause as Error).message}`, { cause });
  }
  project.provide('broker', { url, ...(vhostMaker === undefined ? {} : { vhostMaker }) });
  return () => broker.stop();
}

function skip(what: string, why: string): void {
  if (process.env.CI === 'true') throw new Error(`CI=true requires all ${what}. There's ${why}.`);
  console.error(`SKIPPED: all ${what}. There's ${why}.`);
}
