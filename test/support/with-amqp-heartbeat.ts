/** Returns the broker's URL with another heartbeat interval. Silence is detected within three intervals. */
export function withAmqpHeartbeat(url: string, amqpHeartbeatSeconds: number): string {
  const changed = new URL(url);
  changed.searchParams.set('heartbeat', String(amqpHeartbeatSeconds));
  return changed.href;
}
