import { eventually, startTcpProxy, type TcpProxy } from '@quotewire/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';
import { openStream, type StreamClient } from './support/open-stream.ts';
import {
  connectPublisher,
  cursorOf,
  gapsOn,
  numbersOn,
  type Publisher,
  range,
  receives,
  startQuoteStream,
} from './support/quote-stream.ts';
import type { ListeningProcess } from './support/start-process.ts';

const KEPT = range(1, 20);
const LOST = range(21, 30);
/** More than the lost ones and the markers that readers have added to them. */
const OTHERS = range(101, 160);
const LATER = [200, 201] as const;

for (const isReaderFirst of [false, true]) {
  const when = isReaderFirst
    ? 'after quote-stream has come back'
    : 'before quote-stream has come back';
  describeWithPrivateBroker(
    `a broker with an old disk that uses offsets again ${when}`,
    (broker) => {
      let link: TcpProxy;
      let publisher: Publisher;
      let quoteStream: ListeningProcess;
      let fresh: ListeningProcess;
      let connected: StreamClient;
      let lostCursor: string;

      const open = ({ url }: ListeningProcess, lastEventId?: string) =>
        openStream(`${url}/quoteEvent`, {
          headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
        });
      const untilReady = () =>
        eventually(async () => (await fetch(`${quoteStream.url}/readyz`)).ok, {
          what: 'quote-stream is ready again',
        });

      beforeAll(async () => {
        link = await startTcpProxy(broker().url);
        publisher = connectPublisher(broker().url);
        quoteStream = await startQuoteStream({ AMQP_URL: link.url, DRAIN_SECONDS: '0' });
        connected = await open(quoteStream);
        const declaredAt = Date.now();
        await publisher.publish(KEPT);
        await receives(connected, KEPT.at(-1) ?? 0);
        await broker().untilDurable(declaredAt);
        await broker().saveDisk();
        await untilReady();
        await publisher.publish(LOST);
        await receives(connected, LOST.at(-1) ?? 0);
        lostCursor = cursorOf(connected);

        await broker().kill9();
        await broker().restoreDisk();
        if (!isReaderFirst) await link.cut();
        await broker().restart();
        if (isReaderFirst) await untilReady();
        await publisher.publish(OTHERS);
        if (!isReaderFirst) await link.heal();
        await untilReady();
        fresh = await startQuoteStream({ AMQP_URL: broker().url, DRAIN_SECONDS: '0' });
      });
      afterAll(async () => {
        await publisher?.close();
        await link?.close();
      });

      it('gives a connected browser one gap, and then the log as it is', async () => {
        await receives(connected, OTHERS.at(-1) ?? 0);
        expect(gapsOn(connected)).toMatchObject([{ from: lostCursor, reason: 'other-log' }]);
        expect(numbersOn(connected)).toEqual([...KEPT, ...LOST, ...KEPT, ...OTHERS]);
      });

      it.for([
        ['the same', LATER[0]],
        ['a fresh', LATER[1]],
      ] as const)(
        'gives a browser that resumes after a lost quote at %s quote-stream one gap',
        async ([which, number]) => {
          const stream = await open(which === 'a fresh' ? fresh : quoteStream, lostCursor);
          await stream.waitFor(({ event }) => event === 'gap', 'the gap');
          await publisher.publish([number]);
          await receives(stream, number);
          expect(gapsOn(stream)).toMatchObject([{ from: lostCursor, reason: 'other-log' }]);
          expect(numbersOn(stream)).toEqual([number]);
        },
      );

      it('lists what the log has, and nothing that it has lost', async () => {
        for (const { url } of [quoteStream, fresh]) {
          const { quotes } = (await (await fetch(`${url}/quotes?limit=500`)).json()) as {
            quotes: { text: string }[];
          };
          const texts = quotes.map(({ text }) => text).toReversed();
          const numbers = [...KEPT, ...OTHERS, ...LATER];
          expect(texts).toEqual(numbers.map((number) => `quote ${number}`));
        }
      });
    },
  );
}
