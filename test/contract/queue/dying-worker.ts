/** A process that takes one job of the queue at argv[2], says so and never ends it: for a test that kills it. */
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { createBullQueue } from '../../../platform/queue/bull-queue.ts';
import { SILENT } from './subject.ts';

const queue = createBullQueue({
  url: process.argv[2] ?? '',
  logger: SILENT,
  metrics: createMetrics(),
});
await queue.start((key) => {
  process.stdout.write(`took ${key}\n`);
  return new Promise(() => undefined);
});
