import type { ChannelModel } from 'amqplib';
import { answered } from './answered.ts';
import { closeQuietly, openChannel } from './connection.ts';
import type { Session } from './session.ts';

/** Longer than the 5 s after which RabbitMQ counts new entries. */
const CHECK_EVERY_MS = 15_000;

export interface DeliveryWatchOptions {
  connection: ChannelModel;
  logName: string;
  /** The offset of the last entry delivered. */
  lastOffset: () => number | undefined;
  /** Default 15,000. */
  checkEveryMs?: number | undefined;
}

/**
 * Restarts a session whose log grows while nothing is delivered, after 30 to 45 s. Asks the broker for
 * the number of entries, which no hosted broker bills as a message. n.b. a node of a cluster may leave
 * the consumer of a stream without deliveries for ever, on an open channel.
 */
export function watchDelivery(
  session: Session,
  { connection, logName, lastOffset, checkEveryMs = CHECK_EVERY_MS }: DeliveryWatchOptions,
): void {
  let [count, offset] = [Number.NaN, lastOffset()];
  let wasSilent = false;
  let isChecking = false;

  async function check(): Promise<void> {
    const now = await countEntries(connection, logName);
    const isSilent = offset === lastOffset();
    const hasGrown = now !== count && !Number.isNaN(count);
    // an entry may be counted in the period after its delivery
    if (isSilent && wasSilent && hasGrown) session.restart('the log grows, but delivers nothing');
    [count, offset, wasSilent] = [now, lastOffset(), isSilent];
  }

  const checking = setInterval(() => {
    if (isChecking) return;
    isChecking = true;
    check()
      // the log or the connection is gone, which ends the session by itself
      .catch(() => {})
      .finally(() => (isChecking = false));
  }, checkEveryMs);
  void session.ended.then(() => clearInterval(checking));
}

async function countEntries(connection: ChannelModel, logName: string): Promise<number> {
  const channel = await openChannel(connection);
  try {
    return (await answered(channel.checkQueue(logName), logName)).messageCount;
  } finally {
    await closeQuietly(channel);
  }
}
