import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { acknowledgeTogether } from './acknowledge-together.ts';
import { answered } from './answered.ts';
import { closeChannel, endOfChannel } from './connection.ts';
import type { LogEnd } from './log-end.ts';
import { offsetOf } from './message.ts';

const PREFETCH = 100;

/**
 * Searches for the end of a stream, from its last chunk on.
 *
 * n.b. uses a separate channel: with two consumers of one stream on one channel, RabbitMQ may deliver
 * to the second before `consume-ok`, and amqplib then closes the channel.
 */
export async function watchTail(
  end: LogEnd,
  { connection, logName }: { connection: ChannelModel; logName: string },
): Promise<void> {
  const channel = await answered(connection.createChannel(), 'the broker');
  void endOfChannel(channel).then((reason) => end.giveUp(new Error(reason)));
  const close = () => closeChannel(channel);
  end.offset.then(close, close);
  const acknowledge = acknowledgeTogether(channel);
  const onMessage = (message: ConsumeMessage | null) => {
    if (message === null) return;
    acknowledge(message);
    end.see(message, offsetOf(message));
  };
  await answered(channel.prefetch(PREFETCH), 'the broker');
  const from = { arguments: { 'x-stream-offset': 'last' } };
  await answered(channel.consume(logName, onMessage, from), `the log ${logName}`);
  end.search();
}
