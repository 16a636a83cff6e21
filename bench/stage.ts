import type { ContenderName } from './contender.ts';
import { Crowd } from './crowd.ts';
import { decodeEvents } from './decode.ts';
import { eventData, eventNumber, markData } from './events.ts';
import { Publisher } from './publisher.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const WARM_UP_EVENTS = 50;

/** A server and its subscribers. */
export interface Stage {
  readonly server: ServerProcess;
  readonly crowd: Crowd;
}

/** What's published, one event after the other. */
export type Publish = (data: string) => Promise<void>;

/** Starts a server, connects subscribers, and proves on them that it delivers every event once and in order. */
export async function setStage(name: ContenderName, subscribers: number): Promise<Stage> {
  const server = await startServer(name);
  const crowd = new Crowd({ port: server.port, size: subscribers, collectors: subscribers });
  await crowd.join();
  await proveExact(crowd, await publishTo(server));
  return { server, crowd };
}

/** Publishes some events, and throws unless each collector of the crowd receives each once and in order. Returns the id of the last. */
export async function proveExact(crowd: Crowd, publish: Publish): Promise<string> {
  for (let number = 0; number < WARM_UP_EVENTS; number += 1) await publish(eventData(number));
  const arrived = crowd.mark();
  await publish(markData(WARM_UP_EVENTS));
  await arrived;
  const lastId = assertExact(crowd, { first: 0, last: WARM_UP_EVENTS });
  crowd.stopCollecting();
  return lastId;
}

/** Throws unless each collector of a crowd has received these events, each once and in order. Returns the id of the last. */
export function assertExact(crowd: Crowd, { first, last }: { first: number; last: number }) {
  const expected = Array.from({ length: last - first + 1 }, (_, index) => first + index).join();
  let lastId: string | undefined;
  for (const received of crowd.collected()) {
    const events = decodeEvents(received).filter(({ data }) => /^\d+\./.test(data));
    const numbers = events.map(({ data }) => eventNumber(data)).join();
    if (numbers !== expected) {
      throw new Error(`a subscriber received the events ${numbers} instead of ${expected}`);
    }
    lastId = events.at(-1)?.id;
  }
  if (lastId === undefined) throw new Error('no subscriber kept what it received');
  return lastId;
}

/** A way to publish to a server, over one connection. */
export async function publishTo(server: ServerProcess): Promise<Publish> {
  const publisher = await Publisher.connect(server.port);
  return (data) => publisher.publish(data);
}
