import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { ChatMessage } from '@quotewire/events';
import { eventually } from '@quotewire/testing';
import type { StreamClient } from './open-stream.ts';

/** Posts a body to a chat. */
export function post(chatUrl: string, message: object): Promise<Response> {
  return fetch(`${chatUrl}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
  });
}

/** Posts messages one by one from a local address, which is also their sender. Resolves with their ids; rejects if one is refused. */
export async function postFrom(
  localAddress: string,
  messages: readonly string[],
  { to: chatUrl }: { to: string },
): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'content-type': 'application/json' };
  const ids: string[] = [];
  for (const message of messages) {
    const sent = request(`${chatUrl}/messages`, { method: 'POST', agent, localAddress, headers });
    sent.end(JSON.stringify({ sender: localAddress, message }));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const body = (await response.setEncoding('utf8').toArray()).join('');
    if (response.statusCode !== 201) throw new Error(`"${message}" was refused: ${body}`);
    ids.push((JSON.parse(body) as ChatMessage).id);
  }
  agent.destroy();
  return ids;
}

/** Returns the messages received on a stream, in order. */
export function messagesOn({ events }: StreamClient): ChatMessage[] {
  return events
    .filter(({ event, data }) => event === undefined && data !== undefined)
    .map(({ data = '' }) => JSON.parse(data) as ChatMessage);
}

/** Returns the texts of the messages received on a stream. */
export function textsOn(stream: StreamClient): string[] {
  return messagesOn(stream).map(({ message }) => message);
}

/** Resolves once a stream has received a message. */
export async function receivesText(stream: StreamClient, text: string): Promise<void> {
  await eventually(() => textsOn(stream).includes(text), { what: `"${text}" arrives` });
}
