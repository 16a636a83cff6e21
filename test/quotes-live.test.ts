import { eventually } from '@quotewire/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { describeWithBrowser, launchBrowser } from './support/browser.ts';
import { isLive, quotesOn } from './support/live-page.ts';
import { openStream } from './support/open-stream.ts';
import { type ListeningProcess, startProcess } from './support/start-process.ts';

describeWithBroker('quotes, live over RabbitMQ', (broker) => {
  let timer: ListeningProcess;
  let quoteStream: ListeningProcess;

  beforeAll(async () => {
    const sampleSite = await startProcess('sample-site', { env: { NEW_QUOTE_SECONDS: '1' } });
    const env = { AMQP_URL: broker.url, SAMPLE_SITE_URL: sampleSite.url };
    [timer, , quoteStream] = await Promise.all([
      startProcess('timer', { env }),
      startProcess('scraper', { env }),
      startProcess('quote-stream', { env }),
    ]);
    await eventually(async () => (await fetch(`${quoteStream.url}/readyz`)).ok, {
      what: 'quote-stream is ready',
    });
  });

  it('shows nothing before the timer is started', async () => {
    const { quotes } = (await (await fetch(`${quoteStream.url}/quotes`)).json()) as {
      quotes: unknown[];
    };
    expect(quotes).toEqual([]);
  });

  it('streams each new quote with an id once the timer is started', async () => {
    const stream = await openStream(`${quoteStream.url}/quoteEvent`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const started = await fetch(`${timer.url}/timer/start`, { method: 'POST' });
    expect(started.status).toBe(202);
    await eventually(() => stream.events.filter(({ event }) => event === 'newQuote').length > 100, {
      what: 'a hundred quotes, and a new one',
    });
    await stream.close();
    const quotes = stream.events.filter(({ event }) => event === 'newQuote');
    const ids = quotes.map(({ data = '' }) => (JSON.parse(data) as { id: string }).id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(quotes.every(({ id = '' }) => /^\d+-[0-9a-f]{12}$/.test(id))).toBe(true);
    expect(stream.events.some(({ event }) => event === 'gap')).toBe(false);
  });

  describeWithBrowser('in a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());

    it('shows earlier quotes, and each new one on top without a reload', async () => {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      let loads = 0;
      page.on('load', () => {
        loads += 1;
      });
      await page.goto(quoteStream.url);
      await isLive(page);
      const before = await quotesOn(page);
      expect(before.length).toBeGreaterThan(10);
      const after = await eventually(
        async () => {
          const seen = await quotesOn(page);
          return seen[2]?.text === before[0]?.text ? seen : undefined;
        },
        { what: 'two more quotes are on top' },
      );
      expect(new Set(after.map(({ text }) => text)).size).toBe(after.length);
      expect(loads).toBe(1);
      expect(errors).toEqual([]);
      await page.close();
    });

    it('stops, ticks and starts from the control page', async () => {
      const page = await browser.newPage();
      await page.goto(timer.url);
      const stateIs = (state: RegExp) =>
        eventually(async () => state.test((await page.textContent('#state')) ?? ''), {
          what: `the page shows ${state}`,
        });
      await stateIs(/running/i);
      await page.click('#stop');
      await stateIs(/stopped/i);
      const stream = await openStream(`${quoteStream.url}/quoteEvent`);
      // the site may have nothing new yet: whoever waits for a quote ticks again
      await eventually(
        async () => {
          await page.click('#tick');
          return stream.events.some(({ event }) => event === 'newQuote');
        },
        { what: 'a tick leads to a quote' },
      );
      await stream.close();
      await page.click('#start');
      await stateIs(/running/i);
      const started = await eventually(
        async () => {
          const view = (await (await fetch(`${timer.url}/timer`)).json()) as { state: string };
          return view.state === 'running' ? view : undefined;
        },
        { what: 'the timer has read its start' },
      );
      expect(started.state).toBe('running');
      await page.close();
    });
  });
});
