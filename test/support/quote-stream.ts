import { connectRabbitMq, type RabbitMqBus } from '@quotewire/bus';
import { type Quote, quoteScraped, topologyOf } from '@quotewire/events';
import { eventually, silentLogger } from '@quotewire/testing';
import type { StreamClient } from './open-stream.ts';
import { quoteOf } from './quotes.ts';
import { type ListeningProcess, startProcess } from './start-process.ts';

/** Starts a quote-stream and resolves once its history is filled. */
export async function startQuoteStream(env: Record<string, string>): Promise<ListeningProcess> {
  const quoteStream = await startProcess('quote-stream', { env });
  await eventually(async () => (await fetch(`${quoteStream.url}/readyz`)).ok, {
    what: 'quote-stream is ready',
  });
  return quoteStream;
}

/** A bus that stands in for the scraper. */
export interface Publisher {
  readonly bus: RabbitMqBus;
  /** Publishes numbered quotes in their order, with more fields if wished; resolves once the broker has them. */
  publish(numbers: readonly number[], fields?: Partial<Quote>): Promise<void>;
  close(): Promise<void>;
}

export function connectPublisher(url: string): Publisher {
  const bus = connectRabbitMq({ url, name: 'test', topology: topologyOf(), logger: silentLogger });
  return {
    bus,
    async publish(numbers, fields = {}) {
      const quotes = numbers.map((number) => ({ ...quoteOf(`quote ${number}`), ...fields }));
      await Promise.all(quotes.map((quote) => bus.publish(quoteScraped, quote)));
    },
    close: () => bus.close(),
  };
}

/** The number of a quote that `publish` made. */
export function numberOf({ id, text }: Pick<Quote, 'id' | 'text'>): number {
  return id === '' ? Number.NaN : Number(/^quote (\d+)/.exec(text)?.[1]);
}

/** The numbers of the quotes that a stream has brought, in their order. */
export function numbersOn({ events }: Pick<StreamClient, 'events'>): number[] {
  return events
    .filter(({ event }) => event === 'newQuote')
    .map(({ data = '' }) => numberOf(JSON.parse(data) as Quote));
}

/** The gaps that a stream has told. */
export function gapsOn({ events }: Pick<StreamClient, 'events'>): object[] {
  return events
    .filter(({ event }) => event === 'gap')
    .map(({ id, data = '' }) => ({ id, ...(JSON.parse(data) as object) }));
}

/** From a number up to another one, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Resolves once a stream has brought a quote. */
export async function brings(stream: StreamClient, number: number): Promise<void> {
  await stream.waitFor(
    ({ data = '' }) => data.includes(`"quote ${number}"`) || data.includes(`"quote ${number} `),
    `quote ${number}`,
  );
}
