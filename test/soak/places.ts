import type { Place } from './fleet.ts';

/** Where processes run, and which of them are restarted and deployed: the others last from the first day to the last. */
export function placesOf({
  amqpUrl,
  sourcesFile,
  logMaxBytes,
}: {
  amqpUrl: string;
  sourcesFile: string;
  logMaxBytes: number;
}): { places: readonly Place[]; deployed: readonly string[] } {
  const bus = {
    AMQP_URL: amqpUrl,
    LOG_MAX_BYTES: String(logMaxBytes),
    SOURCES_FILE: sourcesFile,
    DRAIN_SECONDS: '2',
  };
  const replicas = (service: string, names: readonly string[], env: Place['env'] = {}): Place[] =>
    names.map((name) => ({ name: `${service}-${name}`, service, env: { ...bus, ...env } }));
  const places = [
    ...replicas('timer', ['1', '2']),
    ...replicas('scraper', ['1', '2', LASTING], { SCRAPER_THREADS: '1' }),
    // n.b. filled within the first days, so that it doesn't look like a leak
    ...replicas('quote-stream', ['1', '2', LASTING], { HISTORY_MAX_BYTES: '1000000' }),
    ...replicas('clock', ['1']),
    ...replicas('chat', ['1']),
  ];
  const deployed = places.map(({ name }) => name).filter((name) => !name.endsWith(LASTING));
  return { places, deployed };
}

const LASTING = 'lasting';
