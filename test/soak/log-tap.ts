import { setTimeout as delay } from 'node:timers/promises';
import { type Channel, type ChannelModel, type ConsumeMessage, connect } from 'amqplib';

const RETRY_MS = 100;
const PREFETCH = 1_000;

/** A reader of a stream that reports missed entries. */
export interface LogTap {
  /** A sentence for each loss of entries before they were read. */
  readonly losses: readonly string[];
  close(): Promise<void>;
}

/**
 * Reads a stream from its first entry, without the code under test, and reconnects. After a
 * reconnect it begins with the last entry read, so that a later first entry reveals a
 * loss.
 */
export function tapLog(
  { url, log }: { url: string; log: string },
  onEntry: (entry: { offset: number; body: Buffer }) => void,
): LogTap {
  const closing = new AbortController();
  const losses: string[] = [];
  let lastOffset: number | undefined;
  let connection: ChannelModel | undefined;

  /** Returns the message handler of one subscription. */
  function createReader(): (message: ConsumeMessage) => void {
    const resumesFrom = lastOffset;
    let hasResumed = resumesFrom === undefined;
    return (message) => {
      const offset = message.properties.headers?.['x-stream-offset'] as number;
      if (!hasResumed && offset >= (resumesFrom ?? 0)) {
        hasResumed = true;
        if (offset !== resumesFrom) losses.push(`${log}: ${resumesFrom} is followed by ${offset}`);
      }
      if (lastOffset !== undefined && offset <= lastOffset) return;
      lastOffset = offset;
      onEntry({ offset, body: message.content });
    };
  }

  async function readUntilLost(): Promise<void> {
    connection = await connect(url, { timeout: 5_000 });
    const lost = new Promise<void>((resolve) => {
      connection?.once('close', () => resolve());
    });
    connection.on('error', () => {});
    const channel: Channel = await connection.createChannel();
    channel.on('error', () => {});
    await channel.prefetch(PREFETCH);
    const from = { 'x-stream-offset': lastOffset ?? 'first' };
    const read = createReader();
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null) {
        void connection?.close().catch(() => {});
        return;
      }
      channel.ack(message);
      read(message);
    };
    await channel.consume(log, onMessage, { arguments: from });
    if (closing.signal.aborted) await connection.close();
    await lost;
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await readUntilLost().catch(() => connection?.close().catch(() => {}));
      await delay(RETRY_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  }
  const running = run();

  return {
    losses,
    async close() {
      closing.abort();
      await connection?.close().catch(() => {});
      await running;
    },
  };
}
