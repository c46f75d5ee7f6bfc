import type { KeyVault, VaultKey, VaultVersion } from '../../../platform/vault/key-vault.ts';
import { VaultError, type VaultErrorCode } from '../../../platform/vault/vault-error.ts';
import { HOUR, keyOf, NOW, v } from './fixtures.ts';

export interface FakeVault extends KeyVault {
  /** Versions by number; absent ones do not exist. */
  readonly versions: Map<
    number,
    { enabled?: boolean; keyName?: string; hidden?: boolean; refused?: boolean; expiresOn?: number }
  >;
  /** From now on, for lists, GETs or both. */
  fail(
    code: VaultErrorCode | undefined,
    what?: 'list' | 'get' | 'both',
    retryAfterSeconds?: number,
  ): void;
  readonly calls: string[];
  /** Awaited within each list, so that a test can hold it. */
  hold: () => Promise<void>;
}

/** One vault with any number of keys, all with the same versions. */
export function createFakeVault(...numbers: readonly number[]): FakeVault {
  const versions: FakeVault['versions'] = new Map(numbers.map((number) => [number, {}]));
  const calls: string[] = [];
  let failure: VaultError | undefined;
  let failing: 'list' | 'get' | 'both' = 'both';

  const check = (what: 'list' | 'get'): void => {
    if (failure !== undefined && (failing === 'both' || failing === what)) throw failure;
  };
  const describe = (number: number): VaultVersion => {
    const { enabled = true, expiresOn } = versions.get(number) ?? {};
    const createdOn = NOW - (100 - number) * HOUR;
    return {
      version: v(number),
      enabled,
      createdOn,
      ...(expiresOn === undefined ? {} : { expiresOn }),
    };
  };
  const fake: FakeVault = {
    versions,
    calls,
    hold: () => Promise.resolve(),
    fail: (code, what = 'both', retryAfterSeconds) => {
      failing = what;
      failure =
        code === undefined
          ? undefined
          : new VaultError(code, `it says ${code}`, { retryable: true, retryAfterSeconds });
    },
    listVersions: async ({ name }, { signal }) => {
      calls.push(`list ${name}`);
      await fake.hold();
      signal.throwIfAborted();
      check('list');
      if (versions.size === 0)
        throw new VaultError('VAULT_KEY_ABSENT', 'no such key', { retryable: false });
      return [...versions]
        .filter(([, { hidden }]) => hidden !== true)
        .map(([number]) => describe(number));
    },
    getVersion: async ({ version }, { signal }): Promise<VaultKey | 'absent' | 'disabled'> => {
      calls.push(`get ${version}`);
      signal.throwIfAborted();
      check('get');
      const found = [...versions].find(([number]) => v(number) === version);
      if (found === undefined) return 'absent';
      const [number, { keyName, refused }] = found;
      if (refused === true) return 'disabled';
      return { ...describe(number), jwk: keyOf(keyName ?? version).jwk };
    },
  };
  return fake;
}
