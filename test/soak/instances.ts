import type { Instance } from './fleet.ts';

/** Returns the instances, and the names of those that are restarted and deployed; the others run from the first day to the last. */
export function instancesOf({
  amqpUrl,
  sourcesFile,
  logMaxBytes,
}: {
  amqpUrl: string;
  sourcesFile: string;
  logMaxBytes: number;
}): { instances: readonly Instance[]; deployed: readonly string[] } {
  const bus = {
    AMQP_URL: amqpUrl,
    LOG_MAX_BYTES: String(logMaxBytes),
    SOURCES_FILE: sourcesFile,
    DRAIN_SECONDS: '2',
  };
  const replicas = (
    service: string,
    names: readonly string[],
    env: Instance['env'] = {},
  ): Instance[] =>
    names.map((name) => ({ name: `${service}-${name}`, service, env: { ...bus, ...env } }));
  const instances = [
    ...replicas('timer', ['1', '2']),
    ...replicas('scraper', ['1', '2', LASTING], { SCRAPER_THREADS: '1' }),
    // a small history fills within the first days, so that it doesn't look like a leak
    ...replicas('quote-stream', ['1', '2', LASTING], { HISTORY_MAX_BYTES: '1000000' }),
    ...replicas('clock', ['1']),
    ...replicas('chat', ['1']),
  ];
  const deployed = instances.map(({ name }) => name).filter((name) => !name.endsWith(LASTING));
  return { instances, deployed };
}

const LASTING = 'lasting';
