import { keyVersionIdentity } from '../../core/keys/key-id.ts';
import type { KeySet } from '../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import { parseTime } from '../../core/keys/time.ts';
import type { Observation } from './observation.ts';

/** The condition that tells of trust which is kept although the newest reading would take it away. */
export const TRUST_HELD = 'TrustHeld';
/** Losses that nobody asked for, in percent of what is trusted: more of them at once wait for a person. */
export const HOLD_ABOVE_PERCENT = 50;
/** How the reason begins of a version that is kept. */
export const HELD = 'HELD: kept trusted by the guard rail; without it: ';
/** `helm upgrade` deletes a provider and makes it again: seconds, in which nothing may be denied. A person's deletion acts after it. */
const RECREATION_MS = 60_000;

export interface HeldTrust {
  readonly versions: readonly KeyVersionStatus[];
  /** `name/version` of those that are kept. */
  readonly held: readonly string[];
}

/**
 * The guard rail: no single reading may take away more than a set share of a KeySet's trust, unless the vault says of each version that it
 * is disabled (`enabled: false`) or gone (404), or a person or a date says so. What is left are losses that nobody asked for: a script that
 * runs wild and pushes every version beyond the limit, or a vault that forgets when versions were made. They wait for a person.
 */
export function holdTrust(
  { keySet, holdAbovePercent = HOLD_ABOVE_PERCENT }: Observation,
  next: readonly KeyVersionStatus[],
): HeldTrust {
  const trusted = keySet.status.versions.filter(({ state }) => state === 'trusted');
  const old = new Map(trusted.map((status) => [keyVersionIdentity(status), status]));
  const isEdited = keySet.status.observedGeneration !== keySet.generation;
  const lost = next.filter((status) => {
    const previous = old.get(keyVersionIdentity(status));
    if (previous === undefined || !isUnasked(status, keySet)) return false;
    // An edit of the spec is a person's word, but none on what was kept before it: that takes `exclude`.
    return isHeld(previous) || !isEdited;
  });
  // One that is superseded is what a rotation does.
  const isRotation = lost.length === 1 && lost[0]?.state === 'superseded';
  const isTooMuch = !isRotation && lost.length * 100 > trusted.length * holdAbovePercent;
  const kept = new Set(
    isTooMuch
      ? lost
      : lost.filter((status) => {
          const previous = old.get(keyVersionIdentity(status));
          return previous !== undefined && isHeld(previous);
        }),
  );
  return {
    held: [...kept].map(({ name, version }) => `${name}/${version}`),
    versions: next.map((status) => {
      if (!kept.has(status)) return status;
      const since = old.get(keyVersionIdentity(status))?.since ?? status.since;
      return { ...status, state: 'trusted', reason: `${HELD}${status.reason}`, since };
    }),
  };
}

/** Neither the vault nor a person nor a date has spoken about this very version. */
function isUnasked({ state, version }: KeyVersionStatus, { spec }: KeySet): boolean {
  if (state === 'superseded') return true;
  return state === 'notFollowed' && !spec.versions.exclude.includes(version);
}

function isHeld({ reason }: KeyVersionStatus): boolean {
  return reason.startsWith(HELD);
}

/** Until when a provider that is not there counts as one that is just being made again; undefined: it does not. */
export function awaitsRecreation({ keySet, provider, now }: Observation): number | undefined {
  if (provider?.kind !== 'unusable' || provider.reason !== 'ProviderMissing') return undefined;
  if (keySet.status.trusted === 0) return undefined;
  const condition = keySet.status.conditions.find(({ type }) => type === TRUST_HELD);
  const began = condition?.status === 'True' ? parseTime(condition.lastTransitionTime) : now;
  const until = (began ?? -Infinity) + RECREATION_MS;
  return now < until ? until : undefined;
}
