import { buildTrustView, keySetNameOf } from '../../core/keys/build-trust-view.ts';
import type { KeySetTrust, TrustView } from '../../core/keys/trust-view.ts';
import { matchPolicies } from '../../core/policy/match-policies.ts';
import type { KeySetName, Policy } from '../../core/policy/policy.ts';
import type { KeyVault } from '../../platform/vault/key-vault.ts';
import type { VaultProblem } from '../../worker/observe/vault-reading.ts';
import type { ConfigObjects } from '../config/config-objects.ts';
import type { KeySource } from '../keys/key-source.ts';
import { readConfigPolicies, type ConfigPolicies } from './config-policies.ts';
import type { FilledKeySet } from './fill-key-set.ts';
import { originsOfKeys, policiesOfKeys } from './key-policy.ts';
import { fillOrigin, nameOfOrigin, vaultsOf, type KeySetOrigin } from './key-set-origin.ts';
import { notesOf } from './notes.ts';
import { createVaultKeyReader, type ReadVaultKey } from './read-vault-key.ts';
import { chooseNamespace, type View } from './seen-from.ts';
import { addRequirements, denyWithoutKeys, type Requirements } from './settle-policy.ts';

/** What a person gave to verify with. */
export interface Given extends Requirements {
  readonly keys: readonly KeySource[];
  readonly config?: ConfigObjects;
  /** For keys that come from no vault. */
  readonly hash: 'auto' | 'sha256';
  readonly namespace?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Called only where a key is in a vault. @throws UsageProblem */
  readonly openVaults: (vaultUris: readonly string[]) => KeyVault;
}

export interface GivenTrust {
  readonly trust: TrustView;
  /** All of them must be satisfied; none: denied. */
  policiesFor(repository: string, digest: string): readonly Policy[];
  /** Key sets of which something could not be read. */
  readonly unread: ReadonlyMap<KeySetName, VaultProblem>;
  readonly origins: ReadonlyMap<KeySetName, KeySetOrigin>;
  /** For the person, not for the verdict. */
  readonly notes: readonly string[];
}

/** Trust and policies from what was given; every vault that a policy relies on is read, once. @throws UsageProblem */
export async function readGivenTrust(given: Given): Promise<GivenTrust> {
  const { config, now } = given;
  const view = config === undefined ? undefined : chooseNamespace(config, given.namespace);
  const configured = await readConfigured(config, view);
  const keyOrigins = originsOfKeys(given.keys);
  const policies = [...configured.policies, ...policiesOfKeys(keyOrigins)];
  const origins = findUsed([...configured.origins, ...keyOrigins], policies);
  const options = { readVaultKey: openReader([...origins.values()], given), now };
  const all = await Promise.all([...origins.values()].map((origin) => fillOrigin(origin, options)));
  const filled = new Map(all.map((each) => [keySetNameOf(each.keySet), each]));
  const trust = showFiles(buildTrust(all, config), origins, given.hash);
  const settled = policies.map((policy) =>
    addRequirements(denyWithoutKeys(policy, { trust, origins, filled, now }), given),
  );
  const [ofConfig, ofKeys] = [
    settled.slice(0, configured.policies.length),
    settled.slice(configured.policies.length),
  ];
  return {
    trust,
    origins,
    unread: new Map(
      [...filled].flatMap(([name, { unread }]) => (unread === undefined ? [] : [[name, unread]])),
    ),
    policiesFor: (repository, digest) => {
      if (view === undefined) return ofKeys;
      const matching = matchPolicies(ofConfig, view.namespace, repository, digest);
      // An image that the files do not cover is not admitted for a key alone.
      return matching.length === 0 ? [] : [...matching, ...ofKeys];
    },
    notes: notesOf(origins.values(), configured.policies, config),
  };
}

async function readConfigured(
  config: ConfigObjects | undefined,
  view: View | undefined,
): Promise<ConfigPolicies> {
  if (config === undefined || view === undefined) return { policies: [], origins: [] };
  return readConfigPolicies(config, view);
}

/** A vault that no policy relies on is nobody's business. */
function findUsed(
  origins: readonly KeySetOrigin[],
  policies: readonly Policy[],
): ReadonlyMap<KeySetName, KeySetOrigin> {
  const used = new Set(policies.flatMap(({ keySets }) => keySets.map(({ keySet }) => keySet)));
  const named = origins.map((origin) => [nameOfOrigin(origin), origin] as const);
  return new Map(named.filter(([name]) => used.has(name)));
}

function openReader(origins: readonly KeySetOrigin[], { openVaults }: Given): ReadVaultKey {
  const vaultUris = [...new Set(origins.flatMap(vaultsOf))];
  if (vaultUris.length === 0) return () => Promise.reject(new Error('no key is in a vault'));
  return createVaultKeyReader(openVaults(vaultUris), new AbortController().signal);
}

function buildTrust(filled: readonly FilledKeySet[], config: ConfigObjects | undefined): TrustView {
  const revocations = config?.revocations.map(({ value }) => value) ?? [];
  return buildTrustView(
    filled.map(({ keySet }) => keySet),
    revocations,
  );
}

/** Keys of no vault: those of files are named by their file, and all of them hash as the command line says. */
function showFiles(
  { keySets }: TrustView,
  origins: ReadonlyMap<KeySetName, KeySetOrigin>,
  hash: Given['hash'],
): TrustView {
  const show = (name: KeySetName, trust: KeySetTrust): KeySetTrust => {
    const origin = origins.get(name);
    const file = origin?.kind === 'file' ? { name: origin.file.path } : {};
    return {
      ...trust,
      keys: trust.keys.map((key) => (key.vaultUri === '' ? { ...key, ...file, hash } : key)),
    };
  };
  return { keySets: new Map([...keySets].map(([name, trust]) => [name, show(name, trust)])) };
}
