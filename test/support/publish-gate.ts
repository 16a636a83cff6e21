import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { within } from '@quotewire/testing';

const PROTOCOL_HEADER_BYTES = 8;
const FRAME_HEADER_BYTES = 7;
const BODY_FRAME = 3;
const DEADLINE_MS = 30_000;

/** A proxy of a broker that a test can close between two messages of a client. */
export interface PublishGate {
  /** The broker's URL, through the gate. */
  readonly url: string;
  /**
   * Forwards this many messages whose body contains the text, then nothing more from the client,
   * not even acknowledgements; bytes from the broker are still forwarded. Resolves when the gate has closed.
   */
  closeAfter(count: number, text: string): Promise<void>;
  /** Ends all connections and accepts no more. */
  end(): Promise<void>;
}

/**
 * Starts a gate in front of a broker.
 *
 * @see https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf section 4.2.3, General Frame Format
 */
export async function startPublishGate(brokerUrl: string): Promise<PublishGate> {
  const broker = new URL(brokerUrl);
  const sockets = new Set<Socket>();
  let expected = { count: Number.POSITIVE_INFINITY, text: '' };
  let onClosed = () => {};

  const server = createServer((client) => {
    const upstream = connect(Number(broker.port || 5672), broker.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    upstream.pipe(client);
    const pass = gate((bytes) => upstream.write(bytes));
    client.on('data', pass);
  });

  function gate(write: (bytes: Buffer) => void): (chunk: Buffer) => void {
    let rest = Buffer.alloc(0);
    let next = PROTOCOL_HEADER_BYTES;
    let isHeader = true;
    return (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (expected.count > 0) {
        if (!isHeader) {
          if (rest.byteLength < FRAME_HEADER_BYTES) return;
          next = FRAME_HEADER_BYTES + rest.readUInt32BE(3) + 1;
        }
        if (rest.byteLength < next) return;
        const frame = rest.subarray(0, next);
        rest = rest.subarray(next);
        write(frame);
        if (!isHeader) onFrame(frame);
        isHeader = false;
      }
    };
  }

  function onFrame(frame: Buffer): void {
    if (frame[0] !== BODY_FRAME || !frame.includes(expected.text)) return;
    expected.count -= 1;
    if (expected.count === 0) onClosed();
  }

  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(brokerUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    closeAfter(count, text) {
      expected = { count, text };
      const closed = new Promise<void>((resolve) => {
        onClosed = resolve;
      });
      return within(closed, {
        what: `${count} messages with "${text}" pass the gate`,
        timeoutMs: DEADLINE_MS,
      });
    },
    async end() {
      const closed = once(server.close(), 'close');
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
