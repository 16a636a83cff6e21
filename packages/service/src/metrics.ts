import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import manifest from '../package.json' with { type: 'json' };
import { labelWorker, type MetricSnapshot } from './metric-snapshots.ts';

/** The version of Quotewire. */
export const VERSION = manifest.version;

/** Counters by name, with their help and their labels. */
export type CounterDefinitions = Readonly<
  Record<
    string,
    {
      help: string;
      labels: readonly string[];
      /** The label values that are known before the first event. Their counters start at 0: `rate()` misses a first event that creates its counter. */
      zeros?: readonly Readonly<Record<string, string>>[];
    }
  >
>;

/** One value of a gauge with labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Adds a value to a histogram. */
export type Observe = (value: number, labels?: Readonly<Record<string, string>>) => void;

/** Adds to a counter, 1 by default. */
export type Count<Name extends string = string> = (
  counter: Name,
  labels: Record<string, string>,
  by?: number,
) => void;

/**
 * The metrics of one process, in Prometheus' text format. Services of the process
 * that declare the same metric share it, and their values add up; a different declaration throws.
 */
export interface Metrics {
  readonly contentType: string;
  /** Declares counters and returns the function that adds to them. */
  counters<Definitions extends CounterDefinitions>(
    definitions: Definitions,
  ): Count<keyof Definitions & string>;
  /** Declares a gauge that is read at each scrape. */
  gauge(name: string, options: { help: string; read: () => number }): void;
  /** Declares a gauge with labels, whose values are read at each scrape. */
  gauges(
    name: string,
    options: {
      help: string;
      labels: readonly string[];
      read: () => readonly Sample[] | Promise<readonly Sample[]>;
    },
  ): void;
  /** Declares a histogram with the upper bounds of its buckets, and returns the function that adds to it. */
  histogram(
    name: string,
    options: { help: string; buckets: readonly number[]; labels?: readonly string[] },
  ): Observe;
  text(): Promise<string>;
  /** For processes whose metrics are added up. */
  snapshot(): Promise<MetricSnapshot>;
}

/**
 * Creates a registry with Node's own metrics and the version in it. `worker` labels what doesn't add up
 * in a snapshot: all but counters, histograms and what `gauge` declares.
 */
export function createMetrics({ worker }: { worker?: string } = {}): Metrics {
  const registry = new Registry();
  const meanings = new Map<string, string>();
  const readers = new Map<string, (() => number)[]>();
  collectDefaultMetrics({ register: registry });

  /** Whether a name is new; throws when the name has another declaration. */
  function declare(name: string, meaning: object): boolean {
    const known = meanings.get(name);
    const given = JSON.stringify(meaning);
    if (known === given) return false;
    if (known !== undefined || registry.getSingleMetric(name) !== undefined) {
      throw new Error(`the metric ${name} is declared already, but not as ${given}: rename one`);
    }
    meanings.set(name, given);
    return true;
  }

  function counterOf(
    name: string,
    { help, labels, zeros = [] }: CounterDefinitions[string],
  ): Counter<string> {
    if (!declare(name, { help, labels })) return registry.getSingleMetric(name) as Counter<string>;
    const counter = new Counter({ name, help, labelNames: [...labels], registers: [registry] });
    for (const zero of zeros) counter.inc(zero, 0);
    return counter;
  }

  const metrics: Metrics = {
    contentType: registry.contentType,
    counters(definitions) {
      const counters = new Map(
        Object.entries(definitions).map(([name, definition]) => [
          name,
          counterOf(name, definition),
        ]),
      );
      return (name, labels, by = 1) => counters.get(name)?.inc(labels, by);
    },
    gauge(name, { help, read }) {
      const reads = readers.get(name) ?? [];
      const isNew = declare(name, { help });
      reads.push(read);
      if (!isNew) return;
      readers.set(name, reads);
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [],
        collect: () => gauge.set(reads.reduce((total, readOne) => total + readOne(), 0)),
      });
      registry.registerMetric(gauge);
    },
    gauges(name, { help, labels, read }) {
      declare(name, { help, labels });
      const gauge: Gauge<string> = new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [],
        async collect() {
          const samples = await read();
          gauge.reset();
          for (const sample of samples) gauge.set(sample.labels, sample.value);
        },
      });
      registry.registerMetric(gauge);
    },
    histogram(name, { help, buckets, labels = [] }) {
      const histogram = declare(name, { help, labels, buckets })
        ? new Histogram({
            name,
            help,
            buckets: [...buckets],
            labelNames: [...labels],
            registers: [registry],
          })
        : (registry.getSingleMetric(name) as Histogram<string>);
      return (value, values = {}) => histogram.observe(values, value);
    },
    text: () => registry.metrics(),
    async snapshot() {
      const all = await registry.getMetricsAsJSON();
      return worker === undefined ? all : labelWorker(all, { worker, added: readers });
    },
  };
  metrics.gauges('quotewire_build_info', {
    help: 'Always 1; the label has the version of Quotewire.',
    labels: ['version'],
    read: () => [{ labels: { version: VERSION }, value: 1 }],
  });
  return metrics;
}
