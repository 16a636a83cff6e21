import type { ContenderName } from './contender.ts';
import { Crowd } from './crowd.ts';
import { type DecodedEvent, decodeEvents } from './decode.ts';
import { eventData, eventNumber, markData } from './events.ts';
import { Publisher } from './publisher.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const WARM_UP_EVENTS = 50;

/** A server and its subscribers. */
export interface Fixture {
  readonly server: ServerProcess;
  readonly crowd: Crowd;
}

/** The numbered events to publish. */
export type Publish = (data: string) => Promise<void>;

/** Starts a server, connects subscribers, and verifies that it delivers every event once and in order. With `keepsCollecting` the subscribers continue collecting. */
export async function setStage(
  name: ContenderName,
  { subscribers, keepsCollecting = false }: { subscribers: number; keepsCollecting?: boolean },
): Promise<Fixture> {
  const server = await startServer(name);
  const crowd = new Crowd({ port: server.port, size: subscribers, collectors: subscribers });
  await crowd.join();
  await verifyExactDelivery(crowd, await publishTo(server));
  if (!keepsCollecting) crowd.stopCollecting();
  return { server, crowd };
}

/** Publishes some events, and throws unless each collector receives each once and in order. Returns the id of the last. */
export async function verifyExactDelivery(crowd: Crowd, publish: Publish): Promise<string> {
  for (let number = 0; number < WARM_UP_EVENTS; number += 1) await publish(eventData(number));
  const arrived = crowd.mark();
  await publish(markData(WARM_UP_EVENTS));
  await arrived;
  return assertExact(crowd, { first: 0, last: WARM_UP_EVENTS });
}

/** Throws unless each collector has received these events, each once and in order. Returns the id of the last. */
export function assertExact(
  crowd: Crowd,
  { first, last }: { first: number; last: number },
): string {
  const expected = Array.from({ length: last - first + 1 }, (_, index) => first + index).join();
  let lastId: string | undefined;
  for (const received of crowd.collected()) {
    const events = numberedEvents(received);
    const numbers = events.map(({ data }) => eventNumber(data)).join();
    if (numbers !== expected) {
      throw new Error(`a subscriber received the events ${numbers} instead of ${expected}`);
    }
    lastId = events.at(-1)?.id;
  }
  if (lastId === undefined) throw new Error('no subscriber collects what it receives');
  return lastId;
}

/** Sums the events that the collectors of a crowd have received. */
export function countEvents(crowd: Crowd): number {
  let count = 0;
  for (const received of crowd.collected()) count += numberedEvents(received).length;
  return count;
}

/** Connects a publisher to a server. */
export async function publishTo(server: ServerProcess): Promise<Publish> {
  const publisher = await Publisher.connect(server.port);
  return (data) => publisher.publish(data);
}

/** Filters the published events; servers also send events of their own. */
function numberedEvents(received: Buffer): DecodedEvent[] {
  return decodeEvents(received).filter(({ data }) => /^\d+\./.test(data));
}
