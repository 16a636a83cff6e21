import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection, with all text received so far. */
export interface RawClient {
  readonly socket: Socket;
  readonly text: () => string;
}

/** Sends the bytes of a request. */
export async function send(url: URL, head: string): Promise<RawClient> {
  const socket = connect(Number(url.port), url.hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (batch) => (text += batch));
  await once(socket, 'connect');
  socket.write(head);
  return { socket, text: () => text };
}

/** Resolves once the text is there; the test's own time limit is the deadline. */
export async function arrived({ socket, text }: RawClient, expected: string): Promise<string> {
  while (!text().includes(expected)) await once(socket, 'data');
  return text();
}
