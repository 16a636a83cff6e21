import { connectRabbitMq } from '@quotewire/bus';
import {
  createRecordingLogger,
  createTestTopology,
  evaluateOn,
  eventually,
} from '@quotewire/testing';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithPrivateBroker } from './support/describe-with-private-broker.ts';

/** Has the processes of all channels with a consumer answer nothing and deliver nothing. */
const SUSPEND_CONSUMERS = `[sys:suspend(P) || C <- ets:tab2list(consumer_created),
  P <- [element(2, element(1, C))], is_process_alive(P)]`;

describeWithPrivateBroker('a log whose consumer the broker leaves without deliveries', (broker) => {
  it('is consumed anew, from the next entry on', { timeout: 60_000 }, async () => {
    const { topology, log, wordSaid } = createTestTopology();
    const { logger, lines } = createRecordingLogger();
    const connect = (name: string) =>
      connectRabbitMq({
        url: broker().url,
        name,
        topology,
        logger,
        checkDeliveryEveryMs: 6_000,
      });
    const [publisher, reader] = [connect('publisher'), connect('reader')];
    onTestFinished(async () => {
      await Promise.all([publisher.close(), reader.close()]);
    });
    const words: string[] = [];
    let gaps = 0;
    const follower = reader.follow(
      log,
      ({ event }) => {
        if (event?.type === wordSaid.type) words.push(event.data.word);
      },
      { onGap: () => (gaps += 1) },
    );
    await follower.caughtUp;
    await publisher.publish(wordSaid, { word: 'one' });
    await eventually(() => words.length === 1, { what: 'the first word is delivered' });

    await evaluateOn(broker().node, SUSPEND_CONSUMERS);
    const published = ['one'];
    await eventually(
      async () => {
        const word = `word ${published.length + 1}`;
        published.push(word);
        await publisher.publish(wordSaid, { word });
        return words.length > 1;
      },
      { what: 'another word is delivered', timeoutMs: 50_000 },
    );
    await eventually(() => words.length === published.length, { what: 'all words are delivered' });
    expect(words).toEqual(published);
    expect(gaps).toBe(0);
    const reasons = lines.map(({ details: { reason } }) => reason);
    expect(reasons).toContain('the log grows, but delivers nothing');
  });
});
