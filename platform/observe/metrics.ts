import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * Label names and the values each may take. `open` is for names that operators configure (a vault, a key set, a resource kind):
 * never for anything that a request or an image can choose, and capped all the same.
 */
export type LabelSets = Readonly<Record<string, readonly string[] | 'open'>>;
export type LabelValues<Labels extends LabelSets> = {
  readonly [Name in keyof Labels]: Labels[Name] extends readonly (infer Value extends string)[]
    ? Value
    : string;
};

export interface MetricDefinition<Labels extends LabelSets> {
  /** `keyward_<subsystem>_<thing>_<unit>`; counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: Labels;
}
export interface HistogramDefinition<Labels extends LabelSets> extends MetricDefinition<Labels> {
  readonly buckets?: readonly number[];
}

export interface CounterMetric<Labels extends LabelSets> {
  increment(labels: LabelValues<Labels>, by?: number): void;
}
export interface HistogramMetric<Labels extends LabelSets> {
  observe(labels: LabelValues<Labels>, value: number): void;
}
export interface GaugeMetric<Labels extends LabelSets> {
  set(labels: LabelValues<Labels>, value: number): void;
  /** Forgets the series, when what it described is gone. */
  remove(labels: LabelValues<Labels>): void;
}

type NoLabels = Readonly<Record<string, never>>;

/** Defining a name twice gives the same metric, so that two components may share one; with other labels it throws. */
export interface Metrics {
  readonly registry: Registry;
  counter<const Labels extends LabelSets = NoLabels>(
    definition: MetricDefinition<Labels>,
  ): CounterMetric<Labels>;
  histogram<const Labels extends LabelSets = NoLabels>(
    definition: HistogramDefinition<Labels>,
  ): HistogramMetric<Labels>;
  gauge<const Labels extends LabelSets = NoLabels>(
    definition: MetricDefinition<Labels>,
  ): GaugeMetric<Labels>;
}

const NAME = /^keyward_[a-z0-9]+(?:_[a-z0-9]+)+$/u;
const OPEN_LABEL_LIMIT = 2000;
/** 0.5 ms to 10 s: from a warm verdict to the admission timeout. */
const DURATION_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Metrics on a registry of their own: nothing global, so tests and three webhooks in one process do not meet. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const guards = new Map<string, { readonly shape: string; readonly guard: Guard }>();
  const tallies = new Map<string, CounterMetric<LabelSets>>();

  const define = (type: string, { name, labels = {} }: MetricDefinition<LabelSets>): Guard => {
    if (!NAME.test(name)) throw new TypeError(`metric name '${name}' is not keyward_<x>_<y>`);
    if (type === 'counter' && !name.endsWith('_total')) {
      throw new TypeError(`counter '${name}' must end in _total`);
    }
    const shape = JSON.stringify([type, labels]);
    const known = guards.get(name);
    if (known !== undefined && known.shape !== shape) {
      throw new TypeError(`metric '${name}' is defined twice with different types or labels`);
    }
    const guard = known?.guard ?? createGuard(labels);
    guards.set(name, { shape, guard });
    return guard;
  };
  const describe = (definition: MetricDefinition<LabelSets>) => ({
    name: definition.name,
    help: definition.help,
    labelNames: Object.keys(definition.labels ?? {}),
    registers: [registry],
  });

  return {
    registry,
    counter: (definition) => {
      const guard = define('counter', definition);
      const known = tallies.get(definition.name);
      const tally = known ?? createTally(describe(definition), guard);
      tallies.set(definition.name, tally);
      return tally;
    },
    histogram: (definition) => {
      const guard = define('histogram', definition);
      const known = registry.getSingleMetric(definition.name) as Histogram | undefined;
      const buckets = [...(definition.buckets ?? DURATION_BUCKETS)];
      const histogram = known ?? new Histogram({ ...describe(definition), buckets });
      return {
        observe: (labels, value) => {
          histogram.observe(guard.check(labels), value);
        },
      };
    },
    gauge: (definition) => {
      const guard = define('gauge', definition);
      const known = registry.getSingleMetric(definition.name) as Gauge | undefined;
      const gauge = known ?? new Gauge(describe(definition));
      return {
        set: (labels, value) => {
          gauge.set(guard.check(labels), value);
        },
        remove: (labels) => {
          gauge.remove(guard.check(labels));
          guard.forget(labels);
        },
      };
    },
  };
}

/**
 * A counter that adds up by itself and hands over when it is read: prom-client hashes its labels at each step, several times for each
 * admission review.
 */
function createTally(
  configuration: ConstructorParameters<typeof Counter>[0],
  guard: Guard,
): CounterMetric<LabelSets> {
  const pending = new Map<string, { readonly labels: Record<string, string>; sum: number }>();
  const counter = new Counter({
    ...configuration,
    collect: () => {
      for (const { labels, sum } of pending.values()) counter.inc(labels, sum);
      pending.clear();
    },
  });
  // A series that exists from the start makes `rate()` right at the first event.
  for (const labels of guard.closedSeries()) counter.inc(labels, 0);
  return {
    increment: (labels, by = 1) => {
      // Checked first: what is pending must not grow with values that nobody foresaw.
      const checked = guard.check(labels);
      const key = Object.values(checked).join('\n');
      const entry = pending.get(key);
      if (entry === undefined) pending.set(key, { labels: checked, sum: by });
      else entry.sum += by;
    },
  };
}

interface Guard {
  check(labels: Readonly<Record<string, string>>): Record<string, string>;
  /** Makes room: a worker that outlives thousands of key sets must not end with all of them in `other`. */
  forget(labels: Readonly<Record<string, string>>): void;
  closedSeries(): Record<string, string>[];
}

/** A value outside its set is counted as `other`: a metric must neither grow without bound nor crash a verdict. */
function createGuard(sets: LabelSets): Guard {
  const seen = new Map<string, Set<string>>();
  const allow = (name: string, value: string): boolean => {
    const set = sets[name];
    if (set === undefined) return false;
    if (set !== 'open') return set.includes(value);
    const values = seen.get(name) ?? new Set<string>();
    seen.set(name, values);
    if (values.size < OPEN_LABEL_LIMIT) values.add(value);
    return values.has(value);
  };
  const names = Object.keys(sets);
  return {
    check: (labels) => {
      const checked: Record<string, string> = {};
      for (const name of names) {
        const value = labels[name] ?? '';
        checked[name] = allow(name, value) ? value : 'other';
      }
      return checked;
    },
    forget: (labels) => {
      for (const [name, values] of seen) values.delete(labels[name] ?? '');
    },
    closedSeries: () => {
      let series: Record<string, string>[] = [{}];
      for (const [name, values] of Object.entries(sets)) {
        if (values === 'open') return [];
        series = series.flatMap((labels) => values.map((value) => ({ ...labels, [name]: value })));
      }
      return series.length <= 100 ? series : [];
    },
  };
}
