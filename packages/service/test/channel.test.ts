import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { Channel, type ChannelEnd, type Notice } from '../src/workers/channel.ts';

/** Two connected ends, as a primary and a worker have them. */
function createEnds(): [ChannelEnd, ChannelEnd] {
  const emitters = [new EventEmitter(), new EventEmitter()] as const;
  const endOf = (own: EventEmitter, other: EventEmitter): ChannelEnd => ({
    on: (event, listener) => own.on(event, listener),
    send(message, sent) {
      other.emit('message', message);
      sent(null);
    },
  });
  return [endOf(...emitters), endOf(emitters[1], emitters[0])];
}

const unused = { timeoutMs: 10, answer: async () => undefined, onNotice: () => {} };

it('answers each question to whom it was asked, and passes notices on', async () => {
  const [one, other] = createEnds();
  const notices: Notice[] = [];
  const asking = new Channel(one, { ...unused, onNotice: (notice) => notices.push(notice) });
  const answering = new Channel(other, { ...unused, answer: async (question) => [question] });
  const answers = await Promise.all([asking.ask('problems'), asking.ask('metrics')]);
  expect(answers).toEqual([['problems'], ['metrics']]);
  await answering.tell({ isReady: true });
  expect(notices).toEqual([{ isReady: true }]);
});

it('gives up a question that nobody answers, and tells a process that has ended nothing', async () => {
  const ended: ChannelEnd = {
    on: () => {},
    send() {
      throw new Error('the channel is closed');
    },
  };
  const asking = new Channel(ended, unused);
  expect(await asking.ask('metrics')).toBeUndefined();
  await asking.tell({ order: 'close' });
});
