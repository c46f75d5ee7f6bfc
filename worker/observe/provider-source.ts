import type { ParseResult } from '../../platform/kube/parse-result.ts';
import type { Kmp, KmpKey } from '../../platform/kube/schemas.ts';
import { TOMBSTONE_OF, readManagedState, readTombstone } from '../plan/kmp-annotations.ts';

/** A key to follow; with a version, that one only. */
export interface KeySource {
  readonly vaultUri: string;
  readonly name: string;
  readonly version?: string;
}

export interface ListedKey extends KmpKey {
  readonly vaultUri: string;
}

/** What a provider says is to be followed. */
export type ProviderSource =
  | {
      readonly kind: 'vault';
      readonly sources: readonly KeySource[];
      /** As the spec lists them now; of a tombstone: nothing. */
      readonly listed: readonly ListedKey[];
    }
  | { readonly kind: 'inline'; readonly pem: string }
  | {
      readonly kind: 'unusable';
      readonly reason: 'ProviderMissing' | 'ProviderInvalid' | 'ProviderUnsupported';
      readonly problems: readonly string[];
    };

/** Reads the provider's state: found, gone (undefined, confirmed by a live read) or refused by the schema. */
export function sourceOfProvider(provider: ParseResult<Kmp> | undefined): ProviderSource {
  if (provider === undefined)
    return unusable(
      'ProviderMissing',
      'the provider does not exist; to trust its keys, create it again',
    );
  if (!provider.ok) return unusable('ProviderInvalid', ...provider.problems);
  return sourceOfKmp(provider.value);
}

function sourceOfKmp(kmp: Kmp): ProviderSource {
  const buried = readTombstone(kmp);
  if (buried === 'unreadable')
    return unusable('ProviderInvalid', `the annotation ${TOMBSTONE_OF} cannot be read`);
  const { original = [], written = [] } = readManagedState(kmp);
  // A key whose last item somebody took out of a managed list is still followed: its versions are held out, not forgotten.
  if (buried !== undefined)
    return {
      kind: 'vault',
      sources: namesOf(buried.vaultUri, [...buried.keys, ...original]),
      listed: [],
    };
  if (kmp.vaultUri !== undefined) {
    const { vaultUri } = kmp;
    const listed = kmp.keys.map((key) => ({ ...key, vaultUri }));
    const sources = namesOf(vaultUri, [...kmp.keys, ...original, ...written]);
    return { kind: 'vault', sources, listed };
  }
  if (kmp.inlineValue !== undefined) return { kind: 'inline', pem: kmp.inlineValue };
  return unusable(
    'ProviderUnsupported',
    `keyward reads no keys from a provider of type '${kmp.type}'`,
  );
}

function unusable(
  reason: 'ProviderMissing' | 'ProviderInvalid' | 'ProviderUnsupported',
  ...problems: readonly string[]
): ProviderSource {
  return { kind: 'unusable', reason, problems };
}

function namesOf(vaultUri: string, keys: readonly KmpKey[]): readonly KeySource[] {
  return [...new Set(keys.map(({ name }) => name))].map((name) => ({ vaultUri, name }));
}
