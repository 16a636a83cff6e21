import { connectRabbitMq, type RabbitMqBus } from '@quotewire/bus';
import { type Quote, quoteScraped, topologyOf } from '@quotewire/events';
import { eventually, silentLogger } from '@quotewire/testing';
import { afterAll, beforeAll } from 'vitest';
import { describeWithBroker } from './broker.ts';
import { openStream, type StreamClient } from './open-stream.ts';
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

/** A quote-stream and what publishes to it, on a vhost of their own. Defined from `beforeAll` on. */
export interface QuoteStreamSystem {
  readonly amqpUrl: string;
  /** Of the quote-stream. */
  readonly url: string;
  readonly publisher: Publisher;
  /** Opens `/quoteEvent` with a query that begins with `?`, or without one. */
  readonly open: (query?: string, headers?: Record<string, string>) => Promise<StreamClient>;
}

/** A `describe` with a quote-stream that has the given settings, skipped without a broker. */
export function describeWithQuoteStream(
  name: string,
  env: Record<string, string>,
  define: (system: QuoteStreamSystem) => void,
): void {
  describeWithBroker(name, (broker) => {
    let quoteStream: ListeningProcess | undefined;
    let publisher: Publisher | undefined;
    beforeAll(async () => {
      quoteStream = await startQuoteStream({ AMQP_URL: broker.url, DRAIN_SECONDS: '0', ...env });
      publisher = connectPublisher(broker.url);
    });
    afterAll(() => publisher?.close());
    define({
      get amqpUrl() {
        return broker.url;
      },
      get url() {
        return started(quoteStream).url;
      },
      get publisher() {
        return started(publisher);
      },
      open: (query = '', headers = {}) =>
        openStream(`${started(quoteStream).url}/quoteEvent${query}`, { headers }),
    });
  });
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the quote-stream runs only while tests do');
  return part;
}

/** A bus that publishes in place of the scraper. */
export interface Publisher {
  readonly bus: RabbitMqBus;
  /** Publishes numbered quotes in order, with the given fields; resolves once the broker has confirmed them. */
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

/** Returns the number of a quote that `publish` created. */
export function numberOf({ id, text }: Pick<Quote, 'id' | 'text'>): number {
  return id === '' ? Number.NaN : Number(/^quote (\d+)/.exec(text)?.[1]);
}

/** Returns the numbers of the quotes received on a stream, in order. */
export function numbersOn({ events }: Pick<StreamClient, 'events'>): number[] {
  return events
    .filter(({ event }) => event === 'newQuote')
    .map(({ data = '' }) => numberOf(JSON.parse(data) as Quote));
}

/** Returns the gaps received on a stream. */
export function gapsOn({ events }: Pick<StreamClient, 'events'>): object[] {
  return events
    .filter(({ event }) => event === 'gap')
    .map(({ id, data = '' }) => ({ id, ...(JSON.parse(data) as object) }));
}

/** Returns the numbers from one to another, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Resolves once a stream has received a quote. */
export async function receives(stream: StreamClient, number: number): Promise<void> {
  await stream.waitFor(
    ({ data = '' }) => data.includes(`"quote ${number}"`) || data.includes(`"quote ${number} `),
    `quote ${number}`,
  );
}

/** Returns the cursor of the last frame received on a stream; '' before the first. */
export function cursorOf({ events }: Pick<StreamClient, 'events'>): string {
  return events.findLast(({ id }) => id !== undefined)?.id ?? '';
}
