import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { wrongImportsIn } from './arrows.ts';

const ROOT = join(import.meta.dirname, '../..');
const FILES = '{packages,services,commands,bench,scripts,examples,test}/**/*.{ts,js}';

it('has no import from a lower layer to a higher one', () => {
  const files = globSync(FILES, { cwd: ROOT, exclude: ['**/node_modules/**'] });
  expect(files.length).toBeGreaterThan(400);
  const wrong = files.flatMap((file) =>
    wrongImportsIn(file, readFileSync(join(ROOT, file), 'utf8')),
  );
  expect(wrong).toEqual([]);
});

it.for([
  ['packages/sse/src/hub.ts', "import { createMemoryBus } from '@quotewire/bus';"],
  ['packages/bus/src/log.ts', "import type { Quote } from '@quotewire/events';"],
  ['packages/events/src/quote.ts', "import { loadSources } from '@quotewire/sources';"],
  ['packages/service/src/logger.ts', "export {\n  topologyOf,\n} from '@quotewire/events';"],
  ['packages/fetch/src/robots.ts', "import { loadConfig } from '@quotewire/scraper/config';"],
  ['packages/fetch/src/robots.ts', "import '../../../services/scraper/src/app.ts';"],
  ['packages/bus/src/log.ts', "import { eventually } from '@quotewire/testing';"],
  ['packages/bus/test/log.test.ts', "import { x } from '../../../test/support/broker.ts';"],
  ['packages/bus/src/log.ts', "import { x } from '../test/log.test.ts';"],
  ['packages/bus/src/log.ts', "import { x } from '../../sse/src/index.ts';"],
  ['packages/extract/src/page.ts', "import { createMemoryBus } from '@quotewire/bus';"],
  ['services/clock/src/app.ts', "import { buildChatApp } from '@quotewire/chat';"],
  ['services/clock/src/app.ts', "const { x } = await import('@quotewire/chat');"],
  ['services/timer/src/app.ts', "import { run } from '@quotewire/source/arguments';"],
  ['commands/source/src/run.ts', "import { loadConfig } from '@quotewire/scraper/config';"],
  ['scripts/chaos.ts', "import { runChaos } from '../test/chaos/run-chaos.ts';"],
  ['bench/main.ts', "import { startProcess } from '../test/support/start-process.ts';"],
] as const)('forbids in %s: %s', ([file, code]) => {
  expect(wrongImportsIn(file, code)).toHaveLength(1);
});

it.for([
  ['packages/sse/test/hub.test.ts', "import { eventually } from '@quotewire/testing';"],
  ['packages/events/src/quote.ts', "import { defineEvent } from '@quotewire/bus';"],
  ['packages/extract/test/page.test.ts', "import { createMemoryBus } from '@quotewire/bus';"],
  ['services/standalone/src/main.ts', "import { buildChatApp } from '@quotewire/chat';"],
  ['commands/source/src/run.ts', "import { run } from './arguments.ts';"],
  ['bench/crowd.ts', "import { eventually } from '@quotewire/testing';"],
  ['test/resume.test.ts', "import { openLog } from '../packages/bus/src/rabbitmq/publisher.ts';"],
] as const)('allows in %s: %s', ([file, code]) => {
  expect(wrongImportsIn(file, code)).toEqual([]);
});
