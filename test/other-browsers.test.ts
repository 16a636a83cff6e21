import { eventually, freePorts } from '@quotewire/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeWithBroker } from './support/broker.ts';
import { OTHER_BROWSERS, type OtherBrowser } from './support/other-browsers.ts';
import {
  connectPublisher,
  type Publisher,
  range,
  startQuoteStream,
} from './support/quote-stream.ts';
import type { ListeningProcess } from './support/start-process.ts';

const NUMBERS = `[...document.querySelectorAll('.quote .text')].map(({ textContent }) => Number(/\\d+/.exec(textContent)[0]))`;
/** Longer than two attempts of the browser and one of the client. */
const RECONNECT_MS = 60_000;

describeWithBroker('the live page', (broker) => {
  let publisher: Publisher;
  let quoteStream: ListeningProcess;
  let env: Record<string, string>;
  let last = 0;

  beforeAll(async () => {
    publisher = connectPublisher(broker.url);
    const [port] = await freePorts(1);
    env = { AMQP_URL: broker.url, PORT: `${port}`, HOST: '127.0.0.1', DRAIN_SECONDS: '0' };
    quoteStream = await startQuoteStream(env);
  });
  afterAll(() => publisher?.close());

  async function publish(count: number): Promise<void> {
    const numbers = range(last + 1, last + count);
    last += count;
    await publisher.publish(numbers);
  }

  for (const { name, missing, launch } of OTHER_BROWSERS) {
    describe.skipIf(missing !== undefined)(`in ${name}`, () => {
      let browser: OtherBrowser | undefined;
      afterEach(() => browser?.close());

      it('has the newest quotes at once, shows new ones live, and misses and repeats none over a restart of its server', async () => {
        await publish(5);
        await eventually(
          async () => (await (await fetch(quoteStream.url)).text()).includes(`quote ${last}<`),
          { what: 'the service holds what was published' },
        );
        const page = (browser = await launch());
        const seen = () => page.evaluate<number[]>(NUMBERS);
        const hasAll = async () => {
          await eventually(async () => (await seen())[0] === last, {
            what: `quote ${last} is on top`,
            timeoutMs: RECONNECT_MS,
          });
          expect(await seen()).toEqual(range(1, last).toReversed());
        };
        const says = (words: RegExp) =>
          eventually(
            async () =>
              words.test(await page.evaluate(`document.querySelector('#connection').textContent`)),
            { what: `the page says ${words}`, timeoutMs: RECONNECT_MS },
          );

        await page.goto(quoteStream.url);
        expect(await seen()).toEqual(range(1, last).toReversed());
        await says(/^Live/);
        await publish(1);
        await hasAll();

        await quoteStream.kill9();
        await says(/^Reconnecting/);
        await publish(2);
        quoteStream = await startQuoteStream(env);
        await publish(1);
        await hasAll();
        await says(/^Live/);
      });
    });
  }
});
