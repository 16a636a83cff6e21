import { EVENT_BYTES, eventData, markData } from './events.ts';
import { Publisher } from './publisher.ts';
import { countEvents, type Stage } from './stage.ts';

/** What came of publishing for a while. */
export interface Slice {
  readonly events: number;
  /** One event at one subscriber each. Where the crowd keeps what it receives, they're counted one by one. */
  readonly deliveries: number;
  /** From the first event's sending to the last one's arrival at the last subscriber. */
  readonly seconds: number;
  /** CPU time of the server. */
  readonly cpuSeconds: number;
}

/** Publishes to a server for a while, each publisher waiting for each answer, and then waits until every subscriber has everything. */
export async function measureSlice(
  { server, crowd }: Stage,
  { publishers, seconds }: { publishers: number; seconds: number },
): Promise<Slice> {
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
  // n.b. the last one comes behind all others, so who has it has them all
  const deliveries = crowd.isCollecting ? countEvents(crowd) - countBefore : events * crowd.size;
  return { events, deliveries, seconds: elapsedMs / 1_000, cpuSeconds };
}
