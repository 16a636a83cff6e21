import {
  type Bus,
  defineEvent,
  type EntryHandler,
  type FollowOptions,
  type GapReason,
  type LogEntry,
  PermanentError,
  PostponeError,
} from '@quotewire/bus';
import { Type } from 'typebox';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { eventually, within } from './eventually.ts';
import { createTestTopology, type TestTopology } from './test-topology.ts';

/** What the contract needs of a kind of bus. */
export interface BusHarness {
  /** A bus on a topology that's empty. Whoever opens it closes it. */
  open(topology: TestTopology): Promise<OpenedBus>;
}

export interface OpenedBus {
  readonly bus: Bus;
  /** What the bus has counted: the counter and its labels, with a space between. */
  readonly counts: readonly string[];
  /** All that's in the dead-letter queue. */
  deadLetters(): Promise<readonly { readonly body: Buffer; readonly reason: string }[]>;
  /** Closes the bus and removes what it was on. */
  close(): Promise<void>;
}

/** While so many round trips to the broker go by, whatever it was told before has happened. */
const MANY_WORDS = Array.from({ length: 30 }, (_, index) => `word ${index}`);

/** What every bus does, whatever carries its events. */
export function describeBus(name: string, harness: BusHarness): void {
  // oxlint-disable-next-line vitest/valid-title -- the caller's
  describe(name, () => {
    let names: TestTopology;
    let opened: OpenedBus;
    let bus: Bus;

    beforeEach(async () => {
      names = createTestTopology();
      opened = await harness.open(names);
      bus = opened.bus;
    });
    afterEach(() => opened.close());

    /** Publishes pages one after the other. */
    async function requestPages(...pages: number[]): Promise<void> {
      for (const page of pages) await bus.publish(names.pageRequested, { page });
    }

    /** Says words one after the other. */
    async function say(...words: string[]): Promise<void> {
      for (const word of words) await bus.publish(names.wordSaid, { word });
    }

    type WordSaid = TestTopology['wordSaid'];

    function followWords(
      options?: FollowOptions,
      handle: EntryHandler<WordSaid> = () => {},
    ): Reading {
      const entries: LogEntry<WordSaid>[] = [];
      const wordsOf = () => entries.flatMap(({ event }) => event?.data.word ?? []);
      const follower = bus.follow(
        names.log,
        (entry) => {
          entries.push(entry);
          handle(entry);
        },
        options,
      );
      return {
        caughtUp: () => within(follower.caughtUp, { what: 'the follower has caught up' }),
        close: () => follower.close(),
        entries,
        get words() {
          return wordsOf();
        },
        async untilRead(word) {
          await eventually(() => wordsOf().includes(word), {
            what: `the follower reads ${word}`,
          });
        },
        at: (word) => {
          const entry = entries.find(({ event }) => event?.data.word === word);
          if (entry === undefined) throw new Error(`${word} isn't in the log`);
          return { offset: entry.offset, fingerprint: entry.fingerprint };
        },
      };
    }

    interface Reading {
      caughtUp(): Promise<void>;
      close(): Promise<void>;
      readonly entries: readonly LogEntry<WordSaid>[];
      readonly words: readonly string[];
      untilRead(word: string): Promise<void>;
      at(word: string): { offset: number; fingerprint: string };
    }

    /** Follows the log until its end, and stops. */
    async function readToEnd(options?: FollowOptions): Promise<Reading> {
      const reading = followWords(options);
      await reading.caughtUp();
      await reading.close();
      return reading;
    }

    async function oneDeadLetter() {
      return eventually(async () => (await opened.deadLetters())[0], {
        what: 'the job is dead-lettered',
      });
    }

    describe('publish', () => {
      it('resolves with the event that a consumer then gets', async () => {
        const got = Promise.withResolvers<unknown>();
        bus.consume(names.queue, async (event) => got.resolve(event));
        const published = await bus.publish(names.pageRequested, { page: 7 });
        expect(await within(got.promise, { what: 'the job is delivered' })).toEqual(published);
        expect(published).toMatchObject({ type: 'page.requested.v1', data: { page: 7 } });
      });

      it('continues the trace of the event that caused it', async () => {
        const cause = await bus.publish(names.wordSaid, { word: 'go' });
        const got = Promise.withResolvers<string>();
        bus.consume(names.queue, async (event) => got.resolve(event.traceparent));
        await bus.publish(names.pageRequested, { page: 1 }, { cause });
        const traceparent = await within(got.promise, { what: 'the job is delivered' });
        const [, traceId, parentId] = cause.traceparent.split('-');
        expect(traceparent.split('-')[1]).toBe(traceId);
        expect(traceparent.split('-')[2]).not.toBe(parentId);
      });

      it('rejects data that does not match the schema', async () => {
        const publishing = bus.publish(names.pageRequested, { page: 1.5 });
        await expect(publishing).rejects.toMatchObject({ code: 'INVALID_EVENT' });
      });

      it('rejects an event over 64 KiB', async () => {
        const publishing = bus.publish(names.wordSaid, { word: 'x'.repeat(64 * 1024) });
        await expect(publishing).rejects.toMatchObject({ code: 'TOO_LARGE' });
      });

      it('rejects an event that nobody is bound to', async () => {
        const publishing = bus.publish(names.nobodyCares, {});
        await expect(publishing).rejects.toMatchObject({ code: 'UNROUTABLE' });
      });

      it('rejects an event whose exchange nobody declared', async () => {
        const elsewhere = defineEvent({
          exchange: `${names.exchange}.undeclared`,
          routingKey: 'nobody.cares',
          data: Type.Object({}),
        });
        const publishing = bus.publish(elsewhere, {});
        await expect(publishing).rejects.toMatchObject({ code: 'UNROUTABLE' });
      });

      it('rejects a job for a queue that is full', async () => {
        const small = createTestTopology({ maxLength: 2 });
        const { bus: smallBus, ...rest } = await harness.open(small);
        onTestFinished(() => rest.close());
        // a broker may take a few more than the bound before it refuses
        const fill = async () => {
          for (let page = 0; page < 500; page += 1) {
            await smallBus.publish(small.pageRequested, { page });
          }
        };
        await expect(fill()).rejects.toMatchObject({ code: 'REFUSED' });
      });

      it('counts each publish by its outcome', async () => {
        const { exchange } = names;
        const ofAnything = defineEvent({ exchange, routingKey: 'word.said', data: Type.Any() });
        const outcomeOf = (publishing: Promise<unknown>) =>
          publishing.then(
            () => 'confirmed',
            (error: Error) => error.name,
          );
        await outcomeOf(say('good'));
        await outcomeOf(bus.publish(names.wordSaid, { word: 1 as never }));
        await outcomeOf(say('x'.repeat(64 * 1024)));
        await outcomeOf(bus.publish(names.nobodyCares, {}));
        expect(await outcomeOf(bus.publish(ofAnything, 1n))).toBe('TypeError');
        const countOf = (key: string, outcome: string) =>
          `amqp_messages_published_total ${exchange} ${key} ${outcome}`;
        expect(opened.counts.filter((text) => text.includes('published'))).toEqual([
          countOf('word.said', 'confirmed'),
          countOf('word.said', 'invalid_event'),
          countOf('word.said', 'too_large'),
          countOf('nobody.cares', 'unroutable'),
          countOf('word.said', 'error'),
        ]);
      });

      it('rejects after the bus was closed', async () => {
        await bus.close();
        await expect(say('late')).rejects.toMatchObject({ code: 'CLOSED' });
      });
    });

    describe('consume', () => {
      it('shares the jobs of a queue among its consumers, each done once', async () => {
        const done: { by: string; page: number }[] = [];
        const bothAtWork = Promise.withResolvers<void>();
        const atWork = new Set<string>();
        for (const by of ['first', 'second']) {
          bus.consume(names.queue, async ({ data }) => {
            atWork.add(by);
            if (atWork.size === 2) bothAtWork.resolve();
            await bothAtWork.promise;
            done.push({ by, page: data.page });
          });
        }
        await requestPages(1, 2, 3, 4, 5, 6);
        await eventually(() => done.length >= 6, { what: 'six jobs are done' });
        await bus.close();
        expect(done.map(({ page }) => page).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
        expect(new Set(done.map(({ by }) => by))).toEqual(new Set(['first', 'second']));
      });

      it('has no more jobs in hand than its concurrency', async () => {
        let inHand = 0;
        const seen: number[] = [];
        const twoInHand = Promise.withResolvers<void>();
        const work = async () => {
          inHand += 1;
          seen.push(inHand);
          if (inHand === 2) twoInHand.resolve();
          await twoInHand.promise;
          await Promise.resolve();
          inHand -= 1;
        };
        await requestPages(1, 2, 3, 4, 5, 6);
        bus.consume(names.queue, work, { concurrency: 2 });
        await eventually(() => seen.length === 6, { what: 'six jobs are begun' });
        expect(Math.max(...seen)).toBe(2);
      });

      it('waits for the work in hand when it is closed', async () => {
        const order: string[] = [];
        const begun = Promise.withResolvers<void>();
        const release = Promise.withResolvers<void>();
        const consumer = bus.consume(names.queue, async () => {
          begun.resolve();
          await release.promise;
          order.push('done');
        });
        await requestPages(1);
        await within(begun.promise, { what: 'the job is begun' });
        const closing = consumer.close().then(() => order.push('closed'));
        await say(...MANY_WORDS);
        release.resolve();
        await within(closing, { what: 'the consumer closes' });
        expect(order).toEqual(['done', 'closed']);
      });

      it('lets the work in hand publish while the bus closes', async () => {
        const begun = Promise.withResolvers<void>();
        const release = Promise.withResolvers<void>();
        const published = Promise.withResolvers<string>();
        bus.consume(names.queue, async () => {
          begun.resolve();
          await release.promise;
          await say('last').then(() => published.resolve('published'), published.reject);
        });
        await requestPages(1);
        await within(begun.promise, { what: 'the job is begun' });
        const closing = bus.close();
        release.resolve();
        await within(closing, { what: 'the bus closes' });
        await expect(published.promise).resolves.toBe('published');
      });

      it('leaves the jobs that come after its close to others', async () => {
        const got: string[] = [];
        const closed = bus.consume(names.queue, async () => {
          got.push('closed');
        });
        await closed.close();
        await requestPages(1, 2);
        bus.consume(names.queue, async () => {
          got.push('open');
        });
        await eventually(() => got.length === 2, { what: 'two jobs are done' });
        expect(got).toEqual(['open', 'open']);
      });

      it('leaves the jobs that come while it closes to others', async () => {
        const begun = Promise.withResolvers<void>();
        const release = Promise.withResolvers<void>();
        const slow = async () => {
          begun.resolve();
          await release.promise;
        };
        const closing = bus.consume(names.queue, slow, { concurrency: 2 });
        await requestPages(1);
        await within(begun.promise, { what: 'the job is begun' });
        const closed = closing.close();
        await say(...MANY_WORDS);
        const done: number[] = [];
        bus.consume(names.queue, async ({ data }) => {
          done.push(data.page);
        });
        await requestPages(2, 3, 4);
        await eventually(() => done.length === 3, { what: 'the other does three jobs' });
        release.resolve();
        await closed;
        expect(done).toEqual([2, 3, 4]);
      });

      it('delivers a failed job again, as the same event', async () => {
        const ids: string[] = [];
        bus.consume(names.queue, async ({ id }) => {
          ids.push(id);
          if (ids.length === 1) throw new Error('not this time');
        });
        const { id } = await bus.publish(names.pageRequested, { page: 1 });
        await eventually(() => ids.length === 2, { what: 'the job comes again' });
        expect(ids).toEqual([id, id]);
        await bus.close();
        expect(await opened.deadLetters()).toEqual([]);
      });

      it('tells the handler of a job that failed that it may repeat what was done', async () => {
        const told: boolean[] = [];
        bus.consume(names.queue, async (_event, { isRepeat }) => {
          told.push(isRepeat);
          if (told.length === 1) throw new PostponeError('not now');
          if (told.length === 2) throw new Error('half done');
        });
        await requestPages(1);
        await eventually(() => told.length === 3, { what: 'the job is done' });
        expect(told).toEqual([false, false, true]);
      });

      it('dead-letters a job that fails after every retry', async () => {
        let attempts = 0;
        bus.consume(names.queue, async () => {
          attempts += 1;
          throw new Error('never');
        });
        const { id } = await bus.publish(names.pageRequested, { page: 1 });
        const { body, reason } = await oneDeadLetter();
        expect(reason).toBe('exhausted');
        expect(JSON.parse(body.toString())).toMatchObject({ id, data: { page: 1 } });
        expect(attempts).toBe(1 + names.queue.retryDelaysMs.length);
      });

      it('dead-letters a job at once when trying again cannot help', async () => {
        let attempts = 0;
        bus.consume(names.queue, async () => {
          attempts += 1;
          throw new PermanentError('gone');
        });
        await requestPages(1);
        expect((await oneDeadLetter()).reason).toBe('permanent');
        expect(attempts).toBe(1);
      });

      it('has a postponed job wait as often as it must, and counts no attempt', async () => {
        let deliveries = 0;
        const postponements = names.queue.retryDelaysMs.length + 2;
        const { promise: done, resolve } = Promise.withResolvers<void>();
        bus.consume(names.queue, async () => {
          deliveries += 1;
          if (deliveries <= postponements) throw new PostponeError('not now');
          resolve();
        });
        await requestPages(1);
        await within(done, { what: 'the job is done' });
        expect(deliveries).toBe(postponements + 1);
        expect(await opened.deadLetters()).toEqual([]);
      });

      it('goes on with the next job while a failed one waits', async () => {
        const done: number[] = [];
        bus.consume(names.queue, async ({ data }) => {
          if (data.page === 1) throw new PermanentError('bad page');
          done.push(data.page);
        });
        await requestPages(1, 2);
        await eventually(() => done.length > 0, { what: 'the next job is done' });
        expect(done).toEqual([2]);
      });
    });

    describe('follow', () => {
      it('reads first what is there and then what comes, in order', async () => {
        await say('one', 'two', 'three');
        const reading = followWords();
        await reading.caughtUp();
        await say('four', 'five');
        await reading.untilRead('five');
        expect(reading.words).toEqual(['one', 'two', 'three', 'four', 'five']);
      });

      it('has handled all that was there when it has caught up', async () => {
        // more than come in one go
        const words = Array.from({ length: 1_500 }, (_, index) => String(index));
        await Promise.all(words.map((word) => bus.publish(names.wordSaid, { word })));
        const { words: read } = await readToEnd();
        expect(read).toEqual(words);
      });

      it('catches up with an empty log', async () => {
        const { words } = await readToEnd();
        expect(words).toEqual([]);
      });

      it('gives every follower the same positions, which grow', async () => {
        await say('one', 'two', 'three');
        const [first, second] = [await readToEnd(), await readToEnd()];
        const positionsIn = (reading: Reading) =>
          ['one', 'two', 'three'].map((word) => reading.at(word));
        expect(positionsIn(first)).toEqual(positionsIn(second));
        const offsets = second.entries.map(({ offset }) => offset);
        expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
        expect(first.at('one').fingerprint).toMatch(/^[0-9a-f]{12}$/);
      });

      it('gives a marker a place but no event', async () => {
        const { entries } = await readToEnd();
        expect(entries.length).toBeGreaterThan(0);
        expect(entries.every((entry) => entry.event === undefined)).toBe(true);
      });

      it('goes on after a known position with exactly what came later', async () => {
        await say('one', 'two', 'three');
        const after = (await readToEnd()).at('two');
        const gaps: GapReason[] = [];
        const reading = followWords({ after, onGap: (reason) => gaps.push(reason) });
        await reading.caughtUp();
        await say('four');
        await reading.untilRead('four');
        expect(reading.words).toEqual(['three', 'four']);
        expect(gaps).toEqual([]);
      });

      it('begins with about as many of the newest entries as it is asked for', async () => {
        const words = Array.from({ length: 40 }, (_, index) => String(index));
        await say(...words);
        const reading = followWords({ newest: 10 });
        await reading.caughtUp();
        await say('later');
        await reading.untilRead('later');
        expect(reading.words).toEqual([...words, 'later'].slice(-reading.words.length));
        expect(reading.words.length).toBeGreaterThan(10);
        expect(reading.words.length).toBeLessThan(25);
      });

      it('begins with the oldest when the log has fewer entries than it is asked for', async () => {
        await say('one', 'two');
        const { words } = await readToEnd({ newest: 1_000_000 });
        expect(words).toEqual(['one', 'two']);
      });

      it('catches up with an empty log when it is asked for the newest entries', async () => {
        const reading = followWords({ newest: 10 });
        await reading.caughtUp();
        await say('one');
        await reading.untilRead('one');
        expect(reading.words).toEqual(['one']);
      });

      it('continues after a known position, however many of the newest it is asked for', async () => {
        const words = Array.from({ length: 40 }, (_, index) => String(index));
        await say(...words);
        const after = (await readToEnd()).at('9');
        const reading = await readToEnd({ after, newest: 5 });
        expect(reading.words).toEqual(words.slice(10));
      });

      it('begins with the newest entries it is asked for when the known position is gone', async () => {
        const words = Array.from({ length: 40 }, (_, index) => String(index));
        await say(...words);
        const { offset } = (await readToEnd()).at('9');
        const gaps: GapReason[] = [];
        const after = { offset, fingerprint: '0123456789ab' };
        const reading = await readToEnd({
          after,
          newest: 10,
          onGap: (reason) => gaps.push(reason),
        });
        expect(gaps).toEqual(['other-log']);
        expect(reading.words).toEqual(words.slice(-reading.words.length));
        expect(reading.words.length).toBeGreaterThan(0);
        expect(reading.words.length).toBeLessThan(25);
      });

      it('tells of a gap and begins with the oldest when the entry is another', async () => {
        await say('one', 'two', 'three');
        const { offset } = (await readToEnd()).at('two');
        const gaps: GapReason[] = [];
        const after = { offset, fingerprint: '0123456789ab' };
        const reading = await readToEnd({ after, onGap: (reason) => gaps.push(reason) });
        expect(gaps).toEqual(['other-log']);
        expect(reading.words).toEqual(['one', 'two', 'three']);
      });

      it('tells of a gap and begins with the oldest when the position is in the future', async () => {
        await say('one', 'two');
        const gaps: GapReason[] = [];
        const after = { offset: 1_000_000, fingerprint: '0123456789ab' };
        const reading = await readToEnd({ after, onGap: (reason) => gaps.push(reason) });
        expect(gaps).toEqual(['other-log']);
        expect(reading.words).toEqual(['one', 'two']);
      });

      it('tells of a gap when the log has dropped what came next', async () => {
        await opened.close();
        // n.b. RabbitMQ drops whole segments of at least 1 MB, and in its own time
        names = createTestTopology({ maxBytes: 2_000_000 });
        opened = await harness.open(names);
        bus = opened.bus;
        const words = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(40_000)}`);
        const [oldest = ''] = words;
        await say(oldest);
        const after = (await readToEnd()).at(oldest);
        // n.b. together they would be one chunk, which is delivered as a whole
        await say(...words.slice(1));
        const hasDropped = async () => !(await readToEnd()).words.includes(oldest);
        await eventually(hasDropped, { what: 'the log drops the oldest word' });

        const gaps: GapReason[] = [];
        const onGap = (reason: GapReason) => gaps.push(reason);
        const { words: read } = await readToEnd({ after, onGap });
        expect(gaps).toEqual(['expired']);
        expect(read.length).toBeGreaterThan(10);
        expect(read).toEqual(words.slice(-read.length));
        const { words: newest } = await readToEnd({ after, newest: 1, onGap });
        expect(gaps).toEqual(['expired', 'expired']);
        expect(newest).toEqual(words.slice(words.length - newest.length));
        expect(newest.length).toBeLessThan(read.length);
      });

      it('refuses a position that no log can have', () => {
        for (const offset of [-1, 1.5, 2 ** 53, Number.NaN]) {
          const after = { offset, fingerprint: '0123456789ab' };
          expect(() => bus.follow(names.log, () => {}, { after })).toThrow(RangeError);
          expect(() => bus.follow(names.log, () => {}, { newest: offset })).toThrow(RangeError);
        }
      });

      it('goes on when the handler of a gap throws', async () => {
        await say('one');
        const after = { offset: 1_000_000, fingerprint: '0123456789ab' };
        const reading = await readToEnd({
          after,
          onGap() {
            throw new Error('no gaps, please');
          },
        });
        expect(reading.words).toEqual(['one']);
      });

      it('goes on when the handler of an entry throws', async () => {
        const reading = followWords({}, () => {
          throw new Error('no entries, please');
        });
        await say('one', 'two');
        await reading.untilRead('two');
        expect(reading.words).toEqual(['one', 'two']);
      });

      it('handles no more entries once it is closed', async () => {
        const closed = followWords();
        await closed.caughtUp();
        await closed.close();
        const open = followWords();
        await say('one');
        await open.untilRead('one');
        expect(closed.words).toEqual([]);
      });

      it('never catches up when it is closed before', async () => {
        const follower = bus.follow(names.log, () => {});
        await follower.close();
        await expect(follower.caughtUp).rejects.toMatchObject({ code: 'CLOSED' });
      });
    });

    describe('tryLock', () => {
      it('gives a lock to one holder at a time', async () => {
        const lock = await bus.tryLock(names.lockName);
        expect(lock).toBeDefined();
        expect(await bus.tryLock(names.lockName)).toBeUndefined();
        await lock?.release();
        expect(await lock?.lost).toBe('released');
        expect(await bus.tryLock(names.lockName)).toBeDefined();
      });

      it('keeps the lock of the next holder when the last one releases it again', async () => {
        const first = await bus.tryLock(names.lockName);
        await first?.release();
        await bus.tryLock(names.lockName);
        await first?.release();
        expect(await bus.tryLock(names.lockName)).toBeUndefined();
      });

      it('tells that a lock is lost when the bus closes', async () => {
        const lock = await bus.tryLock(names.lockName);
        await bus.close();
        await within(lock?.lost ?? Promise.resolve('there was none'), { what: 'the lock is lost' });
        await expect(bus.tryLock(names.lockName)).rejects.toMatchObject({ code: 'CLOSED' });
      });
    });

    describe('problems', () => {
      it('is empty when all is well', async () => {
        bus.consume(names.queue, async () => {});
        await followWords().caughtUp();
        const isWell = () => bus.problems().length === 0;
        await eventually(isWell, { what: 'there are no problems any more' });
        expect(bus.problems()).toEqual([]);
      });

      it('names a log that has not been read to its end', () => {
        followWords();
        expect(bus.problems().join()).toContain(names.log.name);
      });

      it('says that the bus is closed', async () => {
        await bus.close();
        expect(bus.problems().join()).toContain('closed');
      });
    });

    describe('close', () => {
      it('may be called again', async () => {
        await bus.close();
        await expect(bus.close()).resolves.toBeUndefined();
      });

      it('may be called twice at once', async () => {
        followWords();
        bus.consume(names.queue, async () => {});
        await expect(Promise.all([bus.close(), bus.close()])).resolves.toBeDefined();
      });
    });
  });
}
