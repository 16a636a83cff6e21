import type { Channel, ChannelModel } from 'amqplib';
import { answered } from './answered.ts';
import { endOfChannel } from './connection.ts';

/** The use of one channel, from its opening until it closes or has to restart. */
export interface Session {
  readonly channel: Channel;
  /** Ends the session: its connection logs the reason and opens a new one. Idempotent. */
  readonly restart: (reason: string) => void;
  /** Resolves with the reason when the session has ended. */
  readonly ended: Promise<string>;
  readonly hasEnded: () => boolean;
}

/** Opens a channel for a session; `onEnd` is called synchronously when the session ends. */
export async function openSession(
  connection: ChannelModel,
  { onEnd }: { onEnd: () => void },
): Promise<Session> {
  const channel = await answered(connection.createChannel(), 'the broker');
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let hasEnded = false;
  const restart = (reason: string) => {
    if (hasEnded) return;
    hasEnded = true;
    onEnd();
    resolve(reason);
  };
  void endOfChannel(channel).then(restart);
  return { channel, restart, ended, hasEnded: () => hasEnded };
}
