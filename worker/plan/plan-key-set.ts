import { isDeepStrictEqual } from 'node:util';
import type { KeySetStatus } from '../../core/keys/key-set.ts';
import { keyVersionIdentity } from '../../core/keys/key-id.ts';
import type { KeyState, KeyVersionStatus } from '../../core/keys/key-version.ts';
import { formatTime, parseTime } from '../../core/keys/time.ts';
import { formatDurationSeconds } from '../../platform/kube/duration.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import type { Observation } from './observation.ts';
import { lastFullRead, planConditions, vaultProblems } from './plan-conditions.ts';
import { findHeldOut, planKmp, type KmpPlan, type KmpWrite } from './plan-kmp.ts';
import { planVersions } from './plan-versions.ts';

export interface StateChange {
  readonly name: string;
  readonly version: string;
  readonly from: KeyState | 'new';
  readonly to: KeyState | 'gone';
}

/** What is to be done for one KeySet, as a value: tests assert on it, `keyward diff` prints it, the log records it. */
export interface Plan {
  readonly status: KeySetStatus;
  /** Whether the status is to be written at all: something changed, or the heartbeat is due. */
  readonly writeStatus: 'changed' | 'heartbeat' | 'no';
  readonly kmp?: KmpWrite;
  readonly changes: readonly StateChange[];
  readonly vaultRead: boolean;
}

/** Pure: the same observation gives the same plan. */
export function planKeySet(observation: Observation): Plan {
  const { keySet, kmp, now } = observation;
  const versions = planVersions(observation, findHeldOut(kmp));
  const kmpPlan = kmp === undefined ? undefined : planProvider(kmp, versions, observation);
  // A provider that cannot be used leads to no vault: what was read before it went grows old.
  const isRead = observation.provider?.kind !== 'unusable';
  const vaultRead = isRead && vaultProblems(observation).length === 0;
  const changes = findChanges(keySet.status.versions, versions);
  const { lastChangeTime } = keySet.status;
  const time = formatTime(now);
  const rest = {
    observedGeneration: keySet.generation,
    effectiveSweepInterval: formatDurationSeconds(observation.effectiveSweepSeconds),
    trusted: versions.filter(({ state }) => state === 'trusted').length,
    versions,
    conditions: planConditions(observation, versions, kmpPlan?.sync),
  };
  const changed = changes.length > 0 ? time : lastChangeTime;
  const reconciled = vaultRead ? time : lastFullRead(observation);
  const status: KeySetStatus = {
    ...rest,
    ...(changed === undefined ? {} : { lastChangeTime: changed }),
    ...(reconciled === undefined ? {} : { lastReconciledTime: reconciled }),
  };
  return {
    status,
    writeStatus: writeNeeded(observation, status),
    ...(kmpPlan?.write === undefined ? {} : { kmp: kmpPlan.write }),
    changes,
    vaultRead,
  };
}

function planProvider(
  kmp: Kmp,
  versions: readonly KeyVersionStatus[],
  { writtenElsewhere }: Observation,
): KmpPlan {
  return writtenElsewhere === undefined
    ? planKmp(kmp, versions)
    : { sync: { status: 'Unknown', reason: 'NotManaged', message: writtenElsewhere } };
}

/** The heartbeat tells that the vault is still read; four fit into `staleAfter`, so that one lost write makes nothing stale. */
function writeNeeded({ keySet, now }: Observation, next: KeySetStatus): Plan['writeStatus'] {
  const last = keySet.status.lastReconciledTime;
  if (!isDeepStrictEqual(comparable(keySet.status), comparable(next))) return 'changed';
  if (next.lastReconciledTime === last) return 'no';
  const lastTime = last === undefined ? undefined : parseTime(last);
  const isDue =
    lastTime === undefined || now - lastTime >= (keySet.spec.staleAfterSeconds * 1000) / 4;
  return isDue ? 'heartbeat' : 'no';
}

function comparable(status: KeySetStatus): unknown {
  const { lastReconciledTime: _time, ...rest } = status;
  return {
    ...rest,
    versions: status.versions.map((version) => ({ ...version })),
    conditions: status.conditions.map((condition) => ({ ...condition })),
  };
}

function findChanges(
  before: readonly KeyVersionStatus[],
  after: readonly KeyVersionStatus[],
): readonly StateChange[] {
  const old = new Map(before.map((status) => [identity(status), status]));
  const changes: StateChange[] = [];
  for (const { name, version, state, ...rest } of after) {
    const id = identity({ name, version, ...rest });
    const from = old.get(id)?.state ?? 'new';
    old.delete(id);
    if (from !== state) changes.push({ name, version, from, to: state });
  }
  for (const { name, version, state } of old.values())
    changes.push({ name, version, from: state, to: 'gone' });
  return changes;
}

function identity(status: Omit<KeyVersionStatus, 'state' | 'reason' | 'since'>): string {
  return status.vaultUri === '' ? (status.fingerprint ?? '') : keyVersionIdentity(status);
}
