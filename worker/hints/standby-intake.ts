import type { AcceptHints } from '../../events/intake.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { JobQueue } from '../../platform/queue/job-queue.ts';
import type { WorkerMetrics } from '../metrics.ts';
import { createTargetIndex } from '../observe/targets.ts';
import type { World } from '../observe/world.ts';
import type { ChangeFeed } from '../watch/change-feed.ts';
import { createHintIntake } from './accept-hints.ts';
import { createExpiryWarnings } from './warn-near-expiry.ts';

export interface StandbyOptions {
  readonly world: World;
  readonly changes: ChangeFeed;
  readonly sender: Pick<JobQueue, 'enqueue'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly workerMetrics: WorkerMetrics;
}

/**
 * Takes hints in a process that does not lead: into the queue, from which the one that leads works. A Service spreads deliveries over all
 * replicas, and an endpoint of which half refuses is one that Event Grid comes back to late.
 */
export function createStandbyIntake(options: StandbyOptions): AcceptHints {
  const { world, changes, sender, clock } = options;
  const targets = createTargetIndex(world, clock);
  changes.subscribe(() => {
    targets.markStale();
  });
  return createHintIntake({
    targets,
    dispatcher: {
      trigger: (key, cause) => sender.enqueue(key, cause),
      triggerAndWait: (key, cause) => sender.enqueue(key, cause),
    },
    workerMetrics: options.workerMetrics,
    warnOfExpiry: createExpiryWarnings(options),
    waitForReconcile: () => false,
    signal: new AbortController().signal,
  });
}
