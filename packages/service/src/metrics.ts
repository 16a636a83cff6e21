import { collectDefaultMetrics, Counter, Gauge, Registry } from '@prometheus-io/client';

/** Counters by name, with their help and their labels. */
export type CounterDefinitions = Readonly<
  Record<string, { help: string; labels: readonly string[] }>
>;

/** Adds to a counter, 1 unless told. */
export type Count<Name extends string = string> = (
  counter: Name,
  labels: Record<string, string>,
  by?: number,
) => void;

/** The metrics of one process, in Prometheus' text format. */
export interface Metrics {
  readonly contentType: string;
  /** Declares counters and returns the function that adds to them. */
  counters<Definitions extends CounterDefinitions>(
    definitions: Definitions,
  ): Count<keyof Definitions & string>;
  /** A value that's read when someone asks. */
  gauge(name: string, options: { help: string; read: () => number }): void;
  /** Values that are read when someone asks, one for each value of a label. */
  gauges(
    name: string,
    options: { help: string; label: string; read: () => Readonly<Record<string, number>> },
  ): void;
  text(): Promise<string>;
}

/** Creates a registry with Node's own metrics in it. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    counters(definitions) {
      const counters = new Map(
        Object.entries(definitions).map(([name, { help, labels }]) => [
          name,
          new Counter({ name, help, labelNames: [...labels], registers: [registry] }),
        ]),
      );
      return (name, labels, by = 1) => counters.get(name)?.inc(labels, by);
    },
    gauge(name, { help, read }) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [],
        collect: () => gauge.set(read()),
      });
      registry.registerMetric(gauge);
    },
    gauges(name, { help, label, read }) {
      const gauge: Gauge<string> = new Gauge({
        name,
        help,
        labelNames: [label],
        registers: [],
        collect() {
          for (const [value, count] of Object.entries(read())) gauge.set({ [label]: value }, count);
        },
      });
      registry.registerMetric(gauge);
    },
    text: () => registry.metrics(),
  };
}
