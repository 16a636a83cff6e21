/**
 * n.b. a leader with a half-open connection keeps its lock until the broker has missed two to three
 * heartbeats, and no timer ticks meanwhile: half the bus's default halves the pause.
 */
const AMQP_HEARTBEAT_SECONDS = 5;

/** Adds the timer's heartbeat to the broker's URL, unless the URL sets one. */
export function withAmqpHeartbeat(amqpUrl: string): string {
  const url = new URL(amqpUrl);
  if (!url.searchParams.has('heartbeat')) {
    url.searchParams.set('heartbeat', String(AMQP_HEARTBEAT_SECONDS));
  }
  return url.href;
}
