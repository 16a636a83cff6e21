import { setImmediate as nextTurn } from 'node:timers/promises';
import { History } from '../src/history.ts';

/**
 * Fills a history far beyond its bound, as a log does, and prints the memory that this process uses.
 * Runs as a separate process with `--expose-gc`; the argument is the bytes of one entry's data.
 */
const MAX_BYTES = 16 * 1024 * 1024;
/** The appended bytes as a multiple of the bound. */
const TIMES = 3;

const dataBytes = Number(process.argv[2]);
const filler = 'x'.repeat(dataBytes);

function appendTo(history: History, offset: number): void {
  const text = String(offset);
  history.append({
    offset,
    fingerprint: text.padStart(12, '0'),
    event: 'newQuote',
    data: JSON.stringify({ text, filler }),
    key: text.padStart(22, 'k'),
    facets: {
      source: [`site-${offset % 7}`],
      author: [`Author the ${text}th`],
      tag: [`tag-${offset % 11}`, `tag-${offset % 13}`],
    },
    comment: `time 2026-01-01T00:00:00.000Z traceparent 00-${text.padStart(32, '0')}`,
  });
}

async function bytesHeld(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await nextTurn();
  }
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

// a trial run, so that the measurement excludes memory that the engine allocates once
const trial = new History({ maxBytes: 64 * 1024 });
for (let offset = 0; offset < 2_000; offset += 1) {
  appendTo(trial, offset);
  trial.trim({ keepFrom: Infinity });
}
trial.clear();

const before = await bytesHeld();
const history = new History({ maxBytes: MAX_BYTES });
const count = (TIMES * MAX_BYTES) / (dataBytes + 500);
for (let offset = 0; offset < count; offset += 1) {
  appendTo(history, offset);
  history.trim({ keepFrom: Infinity });
  // a short-lived buffer, which could share memory with a retained one
  if (offset % 100 === 0) await nextTurn();
}
const held = (await bytesHeld()) - before;
process.stdout.write(
  JSON.stringify({
    held,
    maxBytes: MAX_BYTES,
    said: history.bytes,
    entries: history.next - history.oldest,
  }),
);
