import { createMemoryBus } from '@quotewire/bus';
import { type Quote, quoteId, quoteScraped, quotesLog, topologyOf } from '@quotewire/events';
import { type App, createLogger, createMetrics } from '@quotewire/service';
import { onTestFinished } from 'vitest';
import { buildQuoteStreamApp, logOrigin } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const logger = createLogger({ name: 'test', level: 'silent' });

export const quoteOf = (text: string, fields: Partial<Quote> = {}): Quote => ({
  id: quoteId({ text, author: fields.author ?? 'A' }),
  text,
  author: 'A',
  tags: [],
  source: 'example',
  url: 'https://example.org/',
  scrapedAt: '2026-01-01T00:00:00.000Z',
  ...fields,
});

/** Starts a quote stream that holds these quotes, the newest last, and closes it after the test. */
export async function startApp(
  quotes: readonly Quote[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ app: App; publish: (quote: Quote) => Promise<void> }> {
  const bus = createMemoryBus({ name: 'test', topology: topologyOf(), logger });
  const config = loadConfig({ DRAIN_SECONDS: '0', ...env });
  const app = await buildQuoteStreamApp({
    config,
    origin: logOrigin(bus, { newest: config.historyStartEntries }),
    logger,
    metrics: createMetrics(),
  });
  onTestFinished(async () => {
    await app.close();
    await bus.close();
  });
  const publish = async (quote: Quote) => {
    await bus.publish(quoteScraped, quote);
    await bus.follow(quotesLog, () => {}).caughtUp;
  };
  await app.listen({ port: 0, host: '127.0.0.1' });
  await bus.follow(quotesLog, () => {}).caughtUp;
  for (const quote of quotes) await publish(quote);
  return { app, publish };
}
