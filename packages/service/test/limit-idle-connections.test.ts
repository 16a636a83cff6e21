import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { eventually, within } from '@quotewire/testing';
import Fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { limitIdleConnections } from '../src/limit-idle-connections.ts';

const MAX = 3;

it('closes the oldest idle connections of an address, and neither requests nor streams', async () => {
  const app = Fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  limitIdleConnections(app, { max: MAX, idleMs: 20, isExempt: () => false });
  const answer = Promise.withResolvers<string>();
  app.get('/slow', () => answer.promise);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const open = async (greeting = ''): Promise<Socket> => {
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {}).resume();
    await once(socket, 'connect');
    if (greeting !== '') socket.write(greeting);
    return socket;
  };
  const slow = await open('GET /slow HTTP/1.1\r\nhost: here\r\n\r\n');
  // a stream that is served without a request
  app.server.once('connection', (socket: Socket) =>
    setImmediate(() => socket.write('first bytes')),
  );
  const stream = await open();
  await within(once(stream, 'data'), { what: 'the stream begins' });
  const silent: Socket[] = [];
  for (let n = 0; n < MAX + 2; n += 1) silent.push(await open());
  await eventually(() => silent.slice(0, 2).every(({ closed }) => closed), {
    what: 'the oldest idle connections are closed',
  });
  answer.resolve('done');
  const [body] = await within(once(slow, 'data'), { what: 'the slow request is answered' });
  expect(String(body)).toContain('200 OK');
  expect(stream.closed).toBe(false);
  expect(silent.slice(2).map(({ closed }) => closed)).toEqual([false, false, false]);
});
