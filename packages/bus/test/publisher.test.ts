import { EventEmitter, once } from 'node:events';
import type { ChannelModel } from 'amqplib';
import { beforeEach, expect, it } from 'vitest';
import { systemClock } from '../src/rabbitmq/clock.ts';
import { Publisher } from '../src/rabbitmq/publisher.ts';
import type { OpenChannel } from '../src/rabbitmq/supervised-connection.ts';

const message = (text: string) => ({
  exchange: 'words',
  routingKey: 'word.said',
  body: Buffer.from(text),
  properties: { messageId: text },
});

/** A channel that confirms each message at once. */
function createChannel(sent: string[]) {
  return Object.assign(new EventEmitter(), {
    publish(...[, , body, , confirm]: [string, string, Buffer, object, (error: unknown) => void]) {
      sent.push(body.toString());
      confirm(null);
    },
  });
}

let sent: string[];
let channel: ReturnType<typeof createChannel>;
/** The events of amqplib's connection. */
let connection: EventEmitter;
let isBlocked: boolean;
let open: OpenChannel;
let publisher: Publisher;

beforeEach(async () => {
  sent = [];
  isBlocked = false;
  connection = Object.assign(new EventEmitter(), {
    createConfirmChannel: async () => {
      channel = createChannel(sent);
      return channel;
    },
  });
  connection.on('blocked', () => (isBlocked = true));
  connection.on('unblocked', () => (isBlocked = false));
  publisher = new Publisher(
    {
      keep(_label, given) {
        open = given;
        return { close: async () => {} };
      },
      get isBlocked() {
        return isBlocked;
      },
      restart() {},
    },
    { isMandatory: () => true, count: () => {}, clock: systemClock },
  );
  await reopen();
});

async function reopen(): Promise<void> {
  await open(connection as unknown as ChannelModel);
}

it('sends nothing on a blocked connection, even after its channel reopens', async () => {
  connection.emit('blocked', 'low on memory');
  const publishing = publisher.publish(message('one'));
  const closed = once(channel, 'close');
  channel.emit('close');
  await closed;
  await reopen();
  expect(publisher.isBlocked).toBe(true);
  expect(sent).toEqual([]);
  connection.emit('unblocked');
  await publishing;
  expect(sent).toEqual(['one']);
  expect(publisher.isBlocked).toBe(false);
});

it('is not writable on a blocked connection, even after its channel reopens', async () => {
  connection.emit('blocked', 'low on memory');
  let isWritable = false;
  const writable = publisher.untilWritable(new AbortController().signal).then(() => {
    isWritable = true;
  });
  channel.emit('close');
  await reopen();
  // waiting publishes have run by now
  await new Promise(setImmediate);
  expect(isWritable).toBe(false);
  connection.emit('unblocked');
  await writable;
});
