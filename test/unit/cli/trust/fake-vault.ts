import type { KeyVault, VaultKey } from '../../../../platform/vault/key-vault.ts';
import { VaultError, type VaultErrorCode } from '../../../../platform/vault/vault-error.ts';
import type { Signer } from '../../../support/signing.ts';
import { DAY, NOW } from '../../../support/trust.ts';

export interface FakeVersion {
  readonly signer: Signer;
  readonly daysAgo?: number;
  readonly enabled?: boolean;
  /** Not shown at all while it is disabled, as some emulators do. */
  readonly refused?: boolean;
  readonly notBefore?: number;
  readonly expiresOn?: number;
}

export interface FakeVault extends KeyVault {
  readonly calls: string[];
  /** From now on; of one key, where it is named. */
  fail(code: VaultErrorCode, name?: string): void;
}

/** The version that holds this signer's key. */
export function versionIdOf({ fingerprint }: Signer): string {
  return fingerprint.slice(7, 39);
}

/** A vault with these keys, each with its versions. */
export function createFakeVault(keys: Readonly<Record<string, readonly FakeVersion[]>>): FakeVault {
  const calls: string[] = [];
  const failures = new Map<string, VaultErrorCode>();
  const check = (name: string): void => {
    const code = failures.get(name) ?? failures.get('');
    if (code !== undefined) throw new VaultError(code, `it says ${code}`, { retryable: true });
  };
  const show = ({ signer, daysAgo = 1, ...version }: FakeVersion): VaultKey => ({
    version: versionIdOf(signer),
    enabled: version.enabled ?? true,
    createdOn: NOW - daysAgo * DAY,
    ...(version.notBefore === undefined ? {} : { notBefore: version.notBefore }),
    ...(version.expiresOn === undefined ? {} : { expiresOn: version.expiresOn }),
    jwk: signer.publicKey.export({ format: 'jwk' }),
  });
  return {
    calls,
    fail: (code, name = '') => {
      failures.set(name, code);
    },
    listVersions: async ({ vaultUri, name }) => {
      calls.push(`list ${vaultUri}/${name}`);
      check(name);
      const found = keys[name];
      if (found === undefined)
        throw new VaultError('VAULT_KEY_ABSENT', 'no such key', { retryable: false });
      return Promise.resolve(
        found.map((each) => {
          const { jwk: _, ...listed } = show(each);
          return listed;
        }),
      );
    },
    getVersion: async ({ vaultUri, name, version }) => {
      calls.push(`get ${vaultUri}/${name}/${version}`);
      check(name);
      const found = keys[name]?.find(({ signer }) => versionIdOf(signer) === version);
      if (found === undefined) return Promise.resolve('absent');
      return Promise.resolve(found.refused === true ? 'disabled' : show(found));
    },
  };
}
