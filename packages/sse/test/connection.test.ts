import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { SocketConnection } from '../src/connection.ts';
import { joinFrames } from '../src/piece.ts';

/** Both ends of a connection; nobody reads at the far one. */
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

it('ends in bounded time when nobody takes the end', { timeout: 10_000 }, async () => {
  const { near } = await connectPair();
  const connection = new SocketConnection(near, '');
  const piece = joinFrames([Buffer.alloc(10_000, 'x')]);
  while (near.writableLength === 0) {
    expect(connection.write(piece)).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
  }
  connection.end();
  await once(near, 'close');
  expect(near.destroyed).toBe(true);
});

it('takes the end of the other side for its own', async () => {
  const { near, far } = await connectPair();
  const connection = new SocketConnection(near, '');
  const closed = new Promise<void>((resolve) => connection.onClose(resolve));
  far.end();
  await closed;
  expect(near.destroyed).toBe(true);
});
