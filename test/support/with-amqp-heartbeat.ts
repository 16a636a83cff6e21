/** The broker's URL, with another heartbeat: silence is found within two to three of them. */
export function withAmqpHeartbeat(url: string, amqpHeartbeatSeconds: number): string {
  const changed = new URL(url);
  changed.searchParams.set('heartbeat', String(amqpHeartbeatSeconds));
  return changed.href;
}
