import { defineEvent } from '@quotewire/bus';
import { Type } from 'typebox';
import { describe, expect } from 'vitest';
import { within } from '../eventually.ts';
import { createTestTopology } from '../test-topology.ts';
import type { ContractTest } from './contract-test.ts';

export function describePublish(it: ContractTest): void {
  describe('publish', () => {
    it('resolves with the event that a consumer then receives', async ({ bus, topology }) => {
      const received = Promise.withResolvers<unknown>();
      bus.consume(topology.queue, async (event) => received.resolve(event));
      const published = await bus.publish(topology.pageRequested, { page: 7 });
      expect(await within(received.promise, { what: 'the job is delivered' })).toEqual(published);
      expect(published).toMatchObject({ type: 'page.requested.v1', data: { page: 7 } });
    });

    it('continues the trace of the event that caused it', async ({ bus, topology }) => {
      const cause = await bus.publish(topology.wordSaid, { word: 'go' });
      const received = Promise.withResolvers<string>();
      bus.consume(topology.queue, async (event) => received.resolve(event.traceparent));
      await bus.publish(topology.pageRequested, { page: 1 }, { cause });
      const traceparent = await within(received.promise, { what: 'the job is delivered' });
      const [, traceId, parentId] = cause.traceparent.split('-');
      expect(traceparent.split('-')[1]).toBe(traceId);
      expect(traceparent.split('-')[2]).not.toBe(parentId);
    });

    it('publishes an event with the given traceparent', async ({ bus, topology }) => {
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      const event = await bus.publish(topology.pageRequested, { page: 1 }, { traceparent });
      expect(event.traceparent).toBe(traceparent);
    });

    it('rejects data that does not match the schema', async ({ bus, topology }) => {
      const publishing = bus.publish(topology.pageRequested, { page: 1.5 });
      await expect(publishing).rejects.toMatchObject({ code: 'INVALID_EVENT' });
    });

    it('rejects an event over 64 KiB', async ({ bus, topology }) => {
      const publishing = bus.publish(topology.wordSaid, { word: 'x'.repeat(64 * 1024) });
      await expect(publishing).rejects.toMatchObject({ code: 'TOO_LARGE' });
    });

    it('rejects an event that no queue is bound to', async ({ bus, topology }) => {
      const publishing = bus.publish(topology.unbound, {});
      await expect(publishing).rejects.toMatchObject({ code: 'UNROUTABLE' });
    });

    it('rejects an event whose exchange does not exist', async ({ bus, topology }) => {
      const elsewhere = defineEvent({
        exchange: `${topology.exchange}.undeclared`,
        routingKey: 'unbound',
        data: Type.Object({}),
      });
      const publishing = bus.publish(elsewhere, {});
      await expect(publishing).rejects.toMatchObject({ code: 'UNROUTABLE' });
    });

    it('rejects a job for a queue that is full', async ({ openBus }) => {
      const { publishPages } = await openBus(createTestTopology({ maxLength: 2 }));
      // a broker may accept a few more than the limit before it refuses
      const pages = Array.from({ length: 500 }, (_, page) => page);
      await expect(publishPages(...pages)).rejects.toMatchObject({ code: 'REFUSED' });
    });

    it('counts each publish by its outcome', async ({ bus, topology, counts, publishWords }) => {
      const { exchange } = topology;
      const ofAnything = defineEvent({ exchange, routingKey: 'word.said', data: Type.Any() });
      const outcomeOf = (publishing: Promise<unknown>) =>
        publishing.then(
          () => 'confirmed',
          (error: Error) => error.name,
        );
      await outcomeOf(publishWords('good'));
      await outcomeOf(bus.publish(topology.wordSaid, { word: 1 as never }));
      await outcomeOf(publishWords('x'.repeat(64 * 1024)));
      await outcomeOf(bus.publish(topology.unbound, {}));
      expect(await outcomeOf(bus.publish(ofAnything, 1n))).toBe('TypeError');
      const countOf = (key: string, outcome: string) =>
        `amqp_messages_published_total ${exchange} ${key} ${outcome}`;
      expect(counts.filter((text) => text.includes('published'))).toEqual([
        countOf('word.said', 'confirmed'),
        countOf('word.said', 'invalid_event'),
        countOf('word.said', 'too_large'),
        countOf('unbound', 'unroutable'),
        countOf('word.said', 'error'),
      ]);
    });

    it('rejects after the bus was closed', async ({ bus, publishWords }) => {
      await bus.close();
      await expect(publishWords('late')).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}
