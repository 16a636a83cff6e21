import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection, with all that has come back over it. */
export interface RawClient {
  readonly socket: Socket;
  readonly text: () => string;
}

/** Sends a request as it is. */
export async function send(url: URL, head: string): Promise<RawClient> {
  const socket = connect(Number(url.port), url.hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (piece) => (text += piece));
  await once(socket, 'connect');
  socket.write(head);
  return { socket, text: () => text };
}

/** Resolves once the text is there; the test's own time limit is the deadline. */
export async function arrived({ socket, text }: RawClient, expected: string): Promise<string> {
  while (!text().includes(expected)) await once(socket, 'data');
  return text();
}
