import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'fill-history.ts');
const MIB = 1024 * 1024;

interface Filled {
  /** The growth of the buffers and the heap of the process. */
  readonly held: number;
  readonly maxBytes: number;
  /** The bytes that the history reports. */
  readonly said: number;
}

// it starts processes, and a busy machine has other things to do, too
vi.setConfig({ testTimeout: 60_000 });

it.for([50, 400, 9_000, 60_000, 300_000])(
  'uses little more memory than its bound with %i bytes of data per entry',
  async (dataBytes) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      SCRIPT,
      String(dataBytes),
    ]);
    const { held, maxBytes, said } = JSON.parse(stdout) as Filled;
    expect(held).toBeLessThan(maxBytes * 1.25 + 2 * MIB);
    // the history uses its whole bound
    expect(held).toBeGreaterThan(maxBytes * 0.75);
    expect(said).toBeLessThanOrEqual(maxBytes);
  },
);
