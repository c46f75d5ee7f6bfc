import type { Metrics } from '../../platform/observe/metrics.ts';

/** The sum of a metric's series that carry these labels; 0 where there is none. */
export async function metricValue(
  { registry }: Metrics,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  const wanted = Object.entries(labels);
  return (metric?.values ?? [])
    .filter((series) => wanted.every(([label, value]) => series.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
