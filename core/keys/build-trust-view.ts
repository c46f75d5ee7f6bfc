import type { KeySetName } from '../policy/policy.ts';
import { compare } from '../verdict/compare.ts';
import { quote } from '../verdict/quote.ts';
import { keyVersionIdentity, normaliseKeyVersionId } from './key-id.ts';
import type { KeyRevocation, KeySet } from './key-set.ts';
import { KEY_STATES, type KeyState, type KeyVersionStatus } from './key-version.ts';
import { loadPublicKey, type PublicKeyLoad, type PublicKeySource } from './public-key.ts';
import { indexRevocations, type FindRevocation, type Revocable } from './revocation.ts';
import { parseTime } from './time.ts';
import type { KeySetTrust, TrustedKey, TrustView } from './trust-view.ts';

export type LoadPublicKey = (source: PublicKeySource) => PublicKeyLoad;

interface LoadedEntry {
  readonly status: KeyVersionStatus;
  readonly load: PublicKeyLoad | undefined;
}

/** `namespace/name`, as policies refer to a key set. */
export function keySetNameOf(keySet: { namespace: string; name: string }): KeySetName {
  return `${keySet.namespace}/${keySet.name}`;
}

/**
 * The trust that the current API objects give: a pure function of them. An entry that is not sound contributes no trust; one
 * whose key can be read stays in view, untrusted, so that a denial can name it. `load` may be a memoised `loadPublicKey`.
 */
export function buildTrustView(
  keySets: readonly KeySet[],
  revocations: readonly KeyRevocation[],
  load: LoadPublicKey = loadPublicKey,
): TrustView {
  const loaded = keySets.map((keySet) => ({
    keySet,
    entries: keySet.status.versions.map((status) => loadEntry(status, load)),
  }));
  const findRevocation = indexRevocations(
    loaded.flatMap(({ entries }) => entries.map(revocableOf)),
    revocations,
  );
  const trust = new Map<KeySetName, KeySetTrust>();
  for (const { keySet, entries } of loaded)
    trust.set(keySetNameOf(keySet), trustOf(keySet, entries, findRevocation));
  return { keySets: trust };
}

function loadEntry(status: KeyVersionStatus, load: LoadPublicKey): LoadedEntry {
  const pem = status.publicKeyPem;
  return { status, load: pem === undefined ? undefined : load({ pem }) };
}

/** The fingerprint of the key that the entry really holds; the one it claims only where the key cannot be read. */
function revocableOf({ status, load }: LoadedEntry): Revocable {
  const fingerprint = load?.ok === true ? load.key.fingerprint : status.fingerprint;
  return { ...normaliseKeyVersionId(status), fingerprint };
}

function trustOf(
  keySet: KeySet,
  entries: readonly LoadedEntry[],
  find: FindRevocation,
): KeySetTrust {
  const name = keySetNameOf(keySet);
  const keys = entries.flatMap((entry) => keyOf(name, entry, find) ?? []).sort(newestFirst);
  const { expiredKeys } = keySet.spec;
  const staleAt = staleAtOf(keySet);
  return staleAt === undefined ? { keys, expiredKeys } : { keys, expiredKeys, staleAt };
}

function keyOf(name: KeySetName, entry: LoadedEntry, find: FindRevocation): TrustedKey | undefined {
  const { status, load } = entry;
  if (load?.ok !== true) return undefined;
  const { publicKey, fingerprint, algorithm } = load.key;
  return {
    ...status,
    ...normaliseKeyVersionId(status),
    ...findObjection(status, fingerprint, find(revocableOf(entry))),
    keySet: name,
    fingerprint,
    algorithm,
    publicKey,
    createdAt: timeOr(status.createdOn, -Infinity),
    validFrom: timeOr(status.notBefore, -Infinity),
    validUntil: timeOr(status.expiresOn, Infinity),
  };
}

/** A time that cannot be read makes its entry untrusted (`problemOf`): what stands in for it here gives no trust. */
function timeOr(text: string | undefined, absent: number): number {
  return parseTime(text) ?? absent;
}

function newestFirst(a: TrustedKey, b: TrustedKey): number {
  const nameOf = (key: TrustedKey) => `${keyVersionIdentity(key)} ${key.fingerprint}`;
  return compare(b.createdAt, a.createdAt) || compare(nameOf(a), nameOf(b));
}

/** What stands in the place of the state that the status says; undefined: nothing. */
function findObjection(
  status: KeyVersionStatus,
  fingerprint: string,
  revocation: KeyRevocation | undefined,
): { state: KeyState; reason: string } | undefined {
  if (revocation !== undefined)
    return {
      state: 'revoked',
      reason: `revoked by KeyRevocation ${revocation.name} (${quote(revocation.reason)})`,
    };
  const problem = problemOf(status, fingerprint);
  return problem === undefined ? undefined : { state: 'unknown', reason: problem };
}

function problemOf(status: KeyVersionStatus, fingerprint: string): string | undefined {
  if (!KEY_STATES.includes(status.state)) return 'its state is not one that keyward knows';
  if (status.fingerprint === undefined || status.fingerprint.toLowerCase() !== fingerprint)
    return 'its fingerprint in status does not belong to its public key';
  for (const time of [status.notBefore, status.expiresOn])
    if (time !== undefined && parseTime(time) === undefined) return 'its dates cannot be read';
  return undefined;
}

/** Inline keys have no vault that could go out of sight; a set that was never reconciled has been stale for ever. */
function staleAtOf(keySet: KeySet): number | undefined {
  if (keySet.spec.onStale === 'KeepTrust') return undefined;
  const { versions, lastReconciledTime } = keySet.status;
  if (versions.length > 0 && versions.every((version) => version.vaultUri === '')) return undefined;
  const reconciled = parseTime(lastReconciledTime);
  return reconciled === undefined ? 0 : reconciled + keySet.spec.staleAfterSeconds * 1000;
}
