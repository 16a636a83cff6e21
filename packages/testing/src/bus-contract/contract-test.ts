import type { Bus, EntryHandler, FollowOptions, LogEntry } from '@quotewire/bus';
import { it } from 'vitest';
import { eventually, within } from '../eventually.ts';
import { createTestTopology, type TestTopology } from '../test-topology.ts';

/** Opens one implementation of the bus for the tests of the contract. */
export interface BusHarness {
  /** Opens a bus on an empty topology. The contract closes it. */
  open(topology: TestTopology): Promise<OpenedBus>;
}

export interface OpenedBus {
  readonly bus: Bus;
  /** Each increment of a counter: its name and label values, separated by spaces. */
  readonly counts: readonly string[];
  /** Returns all dead letters since the bus was opened. */
  readonly deadLetters: () => Promise<
    readonly { readonly body: Buffer; readonly reason: string }[]
  >;
  /** Closes the bus and deletes its topology. */
  readonly close: () => Promise<void>;
}

type WordSaid = TestTopology['wordSaid'];

/** A follower of the log that records its entries. */
export interface WordReader {
  readonly entries: readonly LogEntry<WordSaid>[];
  readonly words: readonly string[];
  caughtUp(): Promise<void>;
  close(): Promise<void>;
  untilRead(word: string): Promise<void>;
  positionOf(word: string): { offset: number; fingerprint: string };
}

/** Words that a test publishes one by one, so that the broker has processed all earlier commands after them. */
export const ROUND_TRIPS = Array.from({ length: 30 }, (_, index) => `word ${index}`);

export type ContractTest = ReturnType<typeof contractTestFor>;

/** Returns `it` with a bus of the harness, its topology, and functions that use both. */
export function contractTestFor(harness: BusHarness) {
  return (
    it
      // oxlint-disable-next-line no-empty-pattern -- Vitest reads the fixture's dependencies from the pattern
      .extend('openBus', async ({}, { onCleanup }) => {
        const opened: OpenedBus[] = [];
        onCleanup(async () => {
          for (const { close } of opened) await close();
        });
        return async (topology: TestTopology) => {
          const next = await harness.open(topology);
          opened.push(next);
          return contractBusOf(topology, next);
        };
      })
      .extend('contractBus', ({ openBus }) => openBus(createTestTopology()))
      .extend('topology', ({ contractBus }) => contractBus.topology)
      .extend('bus', ({ contractBus }) => contractBus.bus)
      .extend('counts', ({ contractBus }) => contractBus.counts)
      .extend('deadLetters', ({ contractBus }) => contractBus.deadLetters)
      .extend('firstDeadLetter', ({ contractBus }) => contractBus.firstDeadLetter)
      .extend('publishPages', ({ contractBus }) => contractBus.publishPages)
      .extend('publishWords', ({ contractBus }) => contractBus.publishWords)
      .extend('followWords', ({ contractBus }) => contractBus.followWords)
      .extend('readToEnd', ({ contractBus }) => contractBus.readToEnd)
  );
}

function contractBusOf(topology: TestTopology, { bus, counts, deadLetters }: OpenedBus) {
  function followWords(
    options?: FollowOptions,
    handle: EntryHandler<WordSaid> = () => {},
  ): WordReader {
    const entries: LogEntry<WordSaid>[] = [];
    const wordsOf = () => entries.flatMap(({ event }) => event?.data.word ?? []);
    const follower = bus.follow(
      topology.log,
      (entry) => {
        entries.push(entry);
        handle(entry);
      },
      options,
    );
    return {
      entries,
      get words() {
        return wordsOf();
      },
      caughtUp: () => within(follower.caughtUp, { what: 'the follower has caught up' }),
      close: () => follower.close(),
      async untilRead(word) {
        await eventually(() => wordsOf().includes(word), { what: `the follower reads ${word}` });
      },
      positionOf(word) {
        const entry = entries.find(({ event }) => event?.data.word === word);
        if (entry === undefined) throw new Error(`the log has no entry ${word}`);
        return { offset: entry.offset, fingerprint: entry.fingerprint };
      },
    };
  }

  return {
    topology,
    bus,
    counts,
    deadLetters,
    followWords,
    /** Publishes jobs one by one. */
    publishPages: async (...pages: number[]) => {
      for (const page of pages) await bus.publish(topology.pageRequested, { page });
    },
    /** Publishes entries of the log one by one. */
    publishWords: async (...words: string[]) => {
      for (const word of words) await bus.publish(topology.wordSaid, { word });
    },
    /** Follows the log to its end, and closes the follower. */
    readToEnd: async (options?: FollowOptions) => {
      const reader = followWords(options);
      await reader.caughtUp();
      await reader.close();
      return reader;
    },
    firstDeadLetter: () =>
      eventually(async () => (await deadLetters())[0], { what: 'the job is dead-lettered' }),
  };
}
