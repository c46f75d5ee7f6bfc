import type { Hint } from '../../events/hint.ts';
import type { AcceptHints } from '../../events/intake.ts';
import type { Dispatcher } from '../dispatch.ts';
import type { WorkerMetrics } from '../metrics.ts';
import type { TargetIndex } from '../observe/targets.ts';
import { findProbe } from './find-probe.ts';
import type { createExpiryWarnings } from './warn-near-expiry.ts';

export interface HintOptions {
  readonly targets: TargetIndex;
  readonly dispatcher: Pick<Dispatcher, 'trigger' | 'triggerAndWait'>;
  readonly workerMetrics: WorkerMetrics;
  readonly warnOfExpiry: ReturnType<typeof createExpiryWarnings>;
  /**
   * Whether a hint is handed over only when its reconcile has ended: with a queue that forgets everything when this process ends, the
   * message is the only memory there is.
   */
  readonly waitForReconcile: () => boolean;
  readonly signal: AbortSignal;
}

/**
 * Takes hints in: a hint becomes a reconcile of each KeySet that follows the key. One for a key that nobody follows costs nothing, however
 * many an attacker sends. Rejects when a reconcile was not certain; then the message is to come again.
 */
export function createHintIntake(options: HintOptions): AcceptHints {
  const { targets, dispatcher, workerMetrics, signal } = options;

  const findFollowers = (hint: Hint): readonly string[] => {
    if (hint.type === 'VaultAccessPolicyChanged') {
      const probe = findProbe(targets.current(), hint.vaultName);
      return probe === undefined ? [] : [probe];
    }
    const followers = targets.followersOf(hint);
    if (hint.type === 'KeyNearExpiry' && followers.length > 0)
      options.warnOfExpiry(hint, followers);
    return followers;
  };

  return async (hints) => {
    const keys = new Set<string>();
    for (const hint of hints) {
      const followers = findFollowers(hint);
      workerMetrics.hints.increment({ result: followers.length === 0 ? 'ignored' : 'followed' });
      for (const key of followers) keys.add(key);
    }
    await Promise.all(
      [...keys].map((key) =>
        options.waitForReconcile()
          ? dispatcher.triggerAndWait(key, 'hint', signal)
          : dispatcher.trigger(key, 'hint'),
      ),
    );
  };
}
