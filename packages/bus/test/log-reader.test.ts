import { createTestTopology, silentLogger } from '@quotewire/testing';
import { expect, it } from 'vitest';
import { CONTENT_TYPE, createEvent, encodeEvent } from '../src/cloud-event.ts';
import { LogReader } from '../src/log-reader.ts';

it('logs the first bad entry of each reason in full, and summarizes the others', async () => {
  const lines: object[] = [];
  const logger = { ...silentLogger, warn: (details: object) => lines.push(details) };
  const counts: string[] = [];
  const { log, wordSaid } = createTestTopology();
  const handled: number[] = [];
  const reader = new LogReader({
    log,
    handle: ({ offset }) => handled.push(offset),
    logger,
    count: (_counter, { outcome = '' }) => counts.push(outcome),
  });
  const good = encodeEvent(createEvent(wordSaid, { word: 'good' }, { source: '/test' }));
  const bodies = [...Array.from({ length: 1_000 }, () => Buffer.from('{')), good];
  for (const [offset, body] of bodies.entries()) {
    reader.read({ offset, body, contentType: CONTENT_TYPE });
  }
  reader.read({ offset: 1_001, body: good, contentType: 'text/plain' });
  expect(lines).toMatchObject([
    { log: log.name, offset: 0, reason: 'not-json' },
    { log: log.name, offset: 1_001, reason: 'wrong-content-type' },
  ]);
  reader.close();
  expect(lines.slice(2)).toEqual([
    { log: log.name, reasons: { 'not-json': 999 }, lastOffset: 999 },
  ]);
  expect(counts.filter((outcome) => outcome === 'not-json')).toHaveLength(1_000);
  expect(handled).toHaveLength(1_002);
});
