import { collectDefaultMetrics, Counter, Gauge, Registry } from '@prometheus-io/client';

/** Counters by name, with their help and their labels. */
export type CounterDefinitions = Readonly<
  Record<string, { help: string; labels: readonly string[] }>
>;

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
  /** Declares a gauge with a label, whose values are read at each scrape. */
  gauges(
    name: string,
    options: { help: string; label: string; read: () => Readonly<Record<string, number>> },
  ): void;
  text(): Promise<string>;
}

/** Creates a registry with Node's own metrics in it. */
export function createMetrics(): Metrics {
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

  function counterOf(name: string, { help, labels }: CounterDefinitions[string]): Counter<string> {
    return declare(name, { help, labels })
      ? new Counter({ name, help, labelNames: [...labels], registers: [registry] })
      : (registry.getSingleMetric(name) as Counter<string>);
  }

  return {
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
