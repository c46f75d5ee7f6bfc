import { loadPublicKey } from '../../core/keys/public-key.ts';
import { toKnownKey } from '../../core/keys/version-facts.ts';
import type { KeyVault } from '../../platform/vault/key-vault.ts';
import { VaultError } from '../../platform/vault/vault-error.ts';
import { createKeyCache, createPemReader } from '../../worker/observe/key-cache.ts';
import type { KeySource } from '../../worker/observe/provider-source.ts';
import { readKey } from '../../worker/observe/read-key.ts';
import type { KeyReading, SeenVersion } from '../../worker/observe/vault-reading.ts';

export type ReadVaultKey = (source: KeySource) => Promise<KeyReading>;

/** Reads a key as the worker does: all its versions, each with its public key; of one that is named, that one alone. Once each. */
export function createVaultKeyReader(vault: KeyVault, signal: AbortSignal): ReadVaultKey {
  const reader = { vault, keyCache: createKeyCache(), readPem: createPemReader() };
  const readings = new Map<string, Promise<KeyReading>>();
  const read: ReadVaultKey = (source) => {
    if (source.version !== undefined) return readVersion(vault, source, source.version, signal);
    const { vaultUri, name } = source;
    const request = { vaultUri, name, known: [[]], confirm: 0, onCall: () => undefined };
    return readKey(request, reader, signal);
  };
  return (source) => {
    const id = `${source.vaultUri} ${source.name} ${source.version ?? ''}`;
    const reading = readings.get(id) ?? read(source);
    readings.set(id, reading);
    return reading;
  };
}

/** One GET: whoever names a version needs no right to list. */
async function readVersion(
  vault: KeyVault,
  source: KeySource,
  version: string,
  signal: AbortSignal,
): Promise<KeyReading> {
  const id = { vaultUri: source.vaultUri, name: source.name, version };
  try {
    const answer = await vault.getVersion(id, { signal });
    const deleted = new Set(answer === 'absent' ? [version] : []);
    return { kind: 'read', source, versions: seenVersions(version, answer), deleted, problems: [] };
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const { code, message } = error;
    return { kind: 'failed', source, problem: { vaultUri: source.vaultUri, code, message } };
  }
}

function seenVersions(
  version: string,
  answer: Awaited<ReturnType<KeyVault['getVersion']>>,
): readonly SeenVersion[] {
  if (answer === 'absent') return [];
  if (answer === 'disabled') return [{ version, enabled: false }];
  const { jwk, ...seen } = answer;
  return [{ ...seen, key: toKnownKey(loadPublicKey({ jwk })) }];
}
