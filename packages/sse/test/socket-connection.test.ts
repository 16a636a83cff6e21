import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { SocketConnection } from '../src/socket-connection.ts';
import { batchFrames } from '../src/frame.ts';

/** Both ends of a connection; the client doesn't read. */
async function connectPair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  far.on('error', () => {});
  const [near] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

it('ends in bounded time when the client stops reading', { timeout: 10_000 }, async () => {
  const { near } = await connectPair();
  const connection = SocketConnection.withHead(near, '');
  const batch = batchFrames([Buffer.alloc(10_000, 'x')]);
  while (near.writableLength === 0) {
    expect(connection.write(batch)).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
  }
  connection.end();
  await once(near, 'close');
  expect(near.destroyed).toBe(true);
});

it('closes when the client half-closes', async () => {
  const { near, far } = await connectPair();
  const connection = SocketConnection.withHead(near, '');
  const closed = new Promise<void>((resolve) => connection.onClose(resolve));
  far.end();
  await closed;
  expect(near.destroyed).toBe(true);
});
