import { formatTime } from '../../core/keys/time.ts';
import type { KeyHint } from '../../events/hint.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { WorkerMetrics } from '../metrics.ts';
import { placeOf } from '../observe/read-log.ts';
import type { World } from '../observe/world.ts';

export interface ExpiryWarningOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly workerMetrics: WorkerMetrics;
}

/** Whoever replays the event must not fill the log. */
const QUIET_MS = 3_600_000;

/**
 * Warns that a key which is followed nears its expiry. When that is, published status says and not the event: a forged one about a key
 * that never expires warns nobody.
 */
export function createExpiryWarnings(
  options: ExpiryWarningOptions,
): (hint: KeyHint, followers: readonly string[]) => void {
  const { world, clock, logger, workerMetrics } = options;
  /** Keys that are followed only, so no sender makes it grow. */
  const warnedAt = new Map<string, number>();
  return (hint, followers) => {
    const now = clock.now();
    const place = placeOf(hint);
    if (now - (warnedAt.get(place) ?? -Infinity) < QUIET_MS) return;
    const expiresAt = findNextExpiry(world, hint, followers, now);
    if (expiresAt === undefined) return;
    warnedAt.set(place, now);
    workerMetrics.nearExpiry.increment({});
    logger.warn(
      {
        event: 'keyNearExpiry',
        vaultUri: hint.vaultUri,
        key: hint.name,
        keySets: followers,
        expires: formatTime(expiresAt),
      },
      'a key nears its expiry; make a new version and sign with it what must go on running',
    );
  };
}

/** Of the trusted versions of a key, the first to expire from now on. */
function findNextExpiry(
  world: World,
  { vaultUri, name }: KeyHint,
  followers: readonly string[],
  now: number,
): number | undefined {
  const times = followers
    .flatMap((follower) => world.keySet(follower)?.status.versions ?? [])
    .filter((entry) => entry.vaultUri === vaultUri && entry.name === name)
    .filter(({ state }) => state === 'trusted')
    .map(({ expiresOn }) => (expiresOn === undefined ? NaN : Date.parse(expiresOn)))
    .filter((time) => time > now);
  return times.length === 0 ? undefined : Math.min(...times);
}
