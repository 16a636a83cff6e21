import { EVENT_BYTES, eventData, markData } from './events.ts';
import { Publisher } from './publisher.ts';
import { countEvents, type Fixture } from './fixture.ts';

/** The figures of one sample. */
export interface Sample {
  readonly events: number;
  /** The number of events received, summed over the subscribers; counted one by one if the crowd collects. */
  readonly deliveries: number;
  /** The time from sending the first event to the last arrival at any subscriber. */
  readonly seconds: number;
  /** The CPU time of the server. */
  readonly cpuSeconds: number;
}

/** Publishes for a while, with one request per publisher at a time, and then waits until every subscriber has received every event. */
export async function measureSample(
  { server, crowd }: Fixture,
  { publishers, seconds }: { publishers: number; seconds: number },
): Promise<Sample> {
  const connections = await Promise.all(
    Array.from({ length: publishers }, () => Publisher.connect(server.port)),
  );
  const [countBefore, bytesBefore] = [countEvents(crowd), crowd.leastBytes];
  const cpuBefore = server.cpuSeconds();
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let events = 0;
  const publishInTurn = async (connection: Publisher) => {
    do {
      events += 1;
      await connection.publish(eventData(events));
    } while (performance.now() < until);
  };
  await Promise.all(connections.map(publishInTurn));
  const arrived = crowd.mark();
  events += 1;
  await connections[0]?.publish(markData(events));
  await arrived;
  const elapsedMs = performance.now() - startedAt;
  const cpuSeconds = server.cpuSeconds() - cpuBefore;
  for (const connection of connections) connection.close();
  if (crowd.leastBytes - bytesBefore < events * EVENT_BYTES) {
    throw new Error(`a subscriber of ${server.name} missed some of ${events} events`);
  }
  // events arrive in order: a subscriber with the last one has received all
  const deliveries = crowd.isCollecting ? countEvents(crowd) - countBefore : events * crowd.size;
  return { events, deliveries, seconds: elapsedMs / 1_000, cpuSeconds };
}
