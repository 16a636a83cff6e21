import { type MetricObjectWithValues, type MetricValue, Registry } from '@prometheus-io/client';

/** The metrics of a process at one moment, which `mergeSnapshots` adds to those of others. */
export type MetricSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

const ADDED_TYPES: readonly string[] = ['counter', 'histogram'];

/** Labels with the worker what doesn't add up over processes: all but counters, histograms and the gauges in `added`. */
export function labelWorker(
  snapshot: MetricSnapshot,
  { worker, added }: { worker: string; added: ReadonlyMap<string, unknown> },
): MetricSnapshot {
  return snapshot.map((metric) => {
    if (ADDED_TYPES.includes(metric.type) || added.has(metric.name)) return metric;
    const values = metric.values.map((value) => ({
      ...value,
      labels: { ...value.labels, worker },
    }));
    // n.b. the registry would omit some of Node's own metrics from a sum
    return { ...metric, aggregator: 'first', values };
  });
}

/** The metrics that keep their meaning without the worker's number. */
export function withoutWorker(snapshot: MetricSnapshot): MetricSnapshot {
  return snapshot.filter(({ values }) => values.every(({ labels }) => !('worker' in labels)));
}

/** The metrics that count what has happened, and remain when the process has ended. */
export function countsOf(snapshot: MetricSnapshot): MetricSnapshot {
  return snapshot.filter(({ type }) => ADDED_TYPES.includes(type));
}

/** Adds up snapshots; labelled values stay apart. */
export function addSnapshots(snapshots: readonly MetricSnapshot[]): Promise<MetricSnapshot> {
  return registryOf(snapshots).getMetricsAsJSON();
}

/** Adds up snapshots as a text in Prometheus' format. */
export function formatSnapshots(snapshots: readonly MetricSnapshot[]): Promise<string> {
  return registryOf(snapshots).metrics();
}

function registryOf(snapshots: readonly MetricSnapshot[]): Registry {
  return Registry.aggregate([...snapshots]);
}
