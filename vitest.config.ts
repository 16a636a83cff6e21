import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';

// tests start hundreds of processes, each of which would compile the same modules again
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'quotewire-compile-cache');

export default defineConfig({
  test: {
    // more than cores, since system tests wait most of the time.
    // n.b. the user's own broker may give all files one vhost, so that they have to take turns
    maxWorkers: process.env.AMQP_URL ? 1 : 3,
    // the report marks what needed it with "retry x1": a fault to look for, not one to get used to
    retry: process.env.CI ? 1 : 0,
    // files share the modules of a worker: a third of the CPU of unit tests was loading them for each
    isolate: false,
    setupFiles: 'packages/testing/src/vitest-setup.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{packages,services,commands}/*/test/**/*.test.ts',
            'bench/test/*.test.ts',
            'test/{docs,layout}/*.test.ts',
          ],
          // longer than the waits in the tests, which say what didn't happen
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/{docs,layout}'],
          globalSetup: 'test/support/global-setup.ts',
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
