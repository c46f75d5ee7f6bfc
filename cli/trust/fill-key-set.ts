import type { KeySet, KeySetSpec, KeySetStatus } from '../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { DenyCode } from '../../core/verdict/reasons.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import { createPemReader } from '../../worker/observe/key-cache.ts';
import { mapConcurrently } from '../../worker/observe/map-concurrently.ts';
import { sourceOfProvider, type ProviderSource } from '../../worker/observe/provider-source.ts';
import { sourcesOf } from '../../worker/observe/sources.ts';
import type { KeyReading, VaultProblem } from '../../worker/observe/vault-reading.ts';
import { planAdoption } from '../../worker/plan/plan-adoption.ts';
import { planVersions } from '../../worker/plan/plan-versions.ts';
import type { FileKey } from '../keys/key-source.ts';
import type { ReadVaultKey } from './read-vault-key.ts';

/** A KeySet as the worker would have it in a cluster, from the vault as it is now. */
export interface FilledKeySet {
  readonly keySet: KeySet;
  /** Some of it could not be read: what it does not vouch for is not known. */
  readonly unread?: VaultProblem;
  /** Why it holds no key at all, where that is known. */
  readonly empty?: { readonly code: DenyCode; readonly detail: string };
}

export interface FillOptions {
  readonly readVaultKey: ReadVaultKey;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Without bounds of its own: all versions of its keys, and what was read a moment ago does not grow stale. */
const WHOLE: Omit<KeySetSpec, 'keys' | 'providerRef' | 'images'> = {
  versions: { follow: true, exclude: [], limit: 200 },
  expiredKeys: 'Trust',
  sweepIntervalSeconds: 5,
  staleAfterSeconds: 86_400,
  onStale: 'KeepTrust',
};
const NOTHING_YET: KeySetStatus = { trusted: 0, versions: [], conditions: [] };

/** A KeySet that nobody wrote. */
export function makeKeySet(
  place: { readonly namespace: string; readonly name: string },
  spec: Partial<KeySetSpec>,
): KeySet {
  return {
    ...place,
    uid: '',
    resourceVersion: '',
    generation: 0,
    spec: { ...WHOLE, ...spec },
    status: NOTHING_YET,
  };
}

/** A KeySet of `spec.keys`, or of a provider, by its own rules. Never rejects for a vault: what could not be read is in the result. */
export async function fillKeySet(
  keySet: KeySet,
  kmp: Kmp | undefined,
  options: FillOptions,
): Promise<FilledKeySet> {
  const provider = kmp === undefined ? undefined : sourceOfProvider({ ok: true, value: kmp });
  const readings = await mapConcurrently(sourcesOf(keySet, provider), 8, options.readVaultKey);
  return composeKeySet(keySet, provider, { readings, now: options.now });
}

/**
 * The KeySet that the worker would make for a provider that nobody wrote one for: the versions that it lists, or the current one where it
 * lists none, and nothing else (DESIGN decision 9).
 */
export async function adoptProvider(
  keySet: KeySet,
  kmp: Kmp,
  options: FillOptions,
): Promise<FilledKeySet> {
  const provider = sourceOfProvider({ ok: true, value: kmp });
  if (provider.kind !== 'vault')
    return composeKeySet(keySet, provider, { readings: [], now: options.now });
  const readings = await mapConcurrently(provider.sources, 8, options.readVaultKey);
  const adopted = planAdoption(provider.listed, readings) ?? { baseline: [], exclude: [] };
  const spec = { ...keySet.spec, versions: { ...keySet.spec.versions, ...adopted } };
  const filled = composeKeySet({ ...keySet, spec }, provider, { readings, now: options.now });
  const versions = filled.keySet.status.versions.map(inProviderWords);
  return { ...filled, keySet: withVersions(filled.keySet, versions) };
}

/** A key set of one key that somebody wrote down. */
export function fillWithFile(keySet: KeySet, { key, unusable }: FileKey): FilledKeySet {
  if (key === undefined) return { keySet, ...(unusable === undefined ? {} : { empty: unusable }) };
  const { algorithm, fingerprint, pem } = key;
  const status: KeyVersionStatus = {
    vaultUri: '',
    name: '',
    version: '',
    state: 'trusted',
    reason: 'given as a file',
    since: '',
    algorithm,
    fingerprint,
    publicKeyPem: pem,
  };
  return { keySet: withVersions(keySet, [status]) };
}

/** There is no KeySet that a person could edit. */
function inProviderWords(status: KeyVersionStatus): KeyVersionStatus {
  return status.state === 'notFollowed'
    ? { ...status, reason: 'its KeyManagementProvider does not list it' }
    : status;
}

function composeKeySet(
  keySet: KeySet,
  provider: ProviderSource | undefined,
  { readings, now }: { readonly readings: readonly KeyReading[]; readonly now: number },
): FilledKeySet {
  // Dates are left to the trust view, whose words are for people without a KeySet to edit.
  const undated = { ...keySet, spec: { ...keySet.spec, expiredKeys: 'Trust' as const } };
  const versions = planVersions(
    {
      keySet: undated,
      ...(provider === undefined ? {} : { provider }),
      readings,
      findRevocation: () => undefined,
      readPem: createPemReader(),
      effectiveSweepSeconds: 0,
      now,
    },
    new Set(),
  );
  const fresh = { ...keySet, spec: { ...keySet.spec, onStale: 'KeepTrust' as const } };
  const filled = withVersions(fresh, versions);
  const unread = readings.flatMap(problemsOf)[0];
  if (unread !== undefined) return { keySet: filled, unread };
  const empty = whyEmpty(versions, provider);
  return empty === undefined ? { keySet: filled } : { keySet: filled, empty };
}

function withVersions(keySet: KeySet, versions: readonly KeyVersionStatus[]): KeySet {
  const trusted = versions.filter(({ state }) => state === 'trusted').length;
  return { ...keySet, status: { ...NOTHING_YET, trusted, versions } };
}

function problemsOf(reading: KeyReading): readonly VaultProblem[] {
  return reading.kind === 'failed' ? [reading.problem] : reading.problems;
}

const CODES: Readonly<Partial<Record<KeyVersionStatus['state'], DenyCode>>> = {
  disabled: 'KEY_DISABLED',
  deleted: 'KEY_DELETED',
  unsupported: 'KEY_UNSUPPORTED',
};

function whyEmpty(
  versions: readonly KeyVersionStatus[],
  provider: ProviderSource | undefined,
): FilledKeySet['empty'] {
  if (versions.some(({ publicKeyPem }) => publicKeyPem !== undefined)) return undefined;
  if (provider?.kind === 'unusable')
    return { code: 'KEY_UNKNOWN', detail: provider.problems.join('; ') };
  if (provider?.kind === 'vault' && provider.sources.length === 0)
    return { code: 'KEY_UNKNOWN', detail: 'the KeyManagementProvider lists no keys' };
  const [first] = versions;
  if (first === undefined)
    return { code: 'KEY_DELETED', detail: 'the vault says that it has no such key' };
  return { code: CODES[first.state] ?? 'KEY_UNKNOWN', detail: first.reason };
}
