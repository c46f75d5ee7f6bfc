import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import { parseTime } from '../../core/keys/time.ts';
import { awaitsRecreation } from './hold-trust.ts';
import type { Observation } from './observation.ts';
import { EXPIRING_SOON_MS } from './plan-conditions.ts';

/**
 * When the same observation will lead to another plan, by time alone: a version that becomes valid or expires, or a wait that ends. A vault
 * tells of none of these at its moment, and a sweep can be hours away. In milliseconds since the epoch; undefined: never.
 */
export function findNextChange(
  observation: Observation,
  versions: readonly KeyVersionStatus[],
): number | undefined {
  const { now } = observation;
  const times = versions.flatMap((version) => datesOf(version));
  const until = awaitsRecreation(observation);
  const ahead = [...times, ...(until === undefined ? [] : [until])].filter((time) => time > now);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}

function datesOf({ state, notBefore, expiresOn }: KeyVersionStatus): readonly number[] {
  const from = notBefore === undefined ? undefined : parseTime(notBefore);
  if (state === 'notYetValid') return from === undefined ? [] : [from];
  const until = expiresOn === undefined ? undefined : parseTime(expiresOn);
  if (state !== 'trusted' || until === undefined) return [];
  return [until - EXPIRING_SOON_MS, until];
}
