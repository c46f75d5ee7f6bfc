import type { KeySetStatus } from '../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { PublicKeyLoad } from '../../core/keys/public-key.ts';
import { loadPublicKey } from '../../core/keys/public-key.ts';
import { parseTime } from '../../core/keys/time.ts';
import type { VersionFacts } from '../../core/keys/version-facts.ts';
import type { KeySource } from '../observe/provider-source.ts';
import type { KeyReading, SeenVersion } from '../observe/vault-reading.ts';

/**
 * The versions of one key. What could not be read keeps its last-known facts (DESIGN decision 8): they are judged again, so that
 * a revocation, a date or a person's exclusion acts while the vault is away.
 */
export function factsOf(
  reading: KeyReading,
  known: readonly KeyVersionStatus[],
): readonly VersionFacts[] {
  const previous = new Map(known.map((status) => [status.version, status]));
  if (reading.kind === 'failed') return known.map(lastKnown);
  const seen = reading.versions.map((version) => fromVault(reading.source, version, previous));
  const have = new Set(seen.map(({ version }) => version));
  const others = known
    .filter(({ version }) => !have.has(version))
    .map((status) =>
      reading.deleted.has(status.version)
        ? { ...lastKnown(status), presence: 'deleted' as const }
        : lastKnown(status),
    );
  return [...seen, ...others];
}

/** What a KeySet's status says of one key, or of one version of it. */
export function entriesOf(
  { versions }: KeySetStatus,
  source: KeySource,
): readonly KeyVersionStatus[] {
  return versions.filter(
    ({ vaultUri, name, version }) =>
      vaultUri === source.vaultUri &&
      name === source.name &&
      (source.version === undefined || version === source.version),
  );
}

function fromVault(
  source: { readonly vaultUri: string; readonly name: string },
  seen: SeenVersion,
  previous: ReadonlyMap<string, KeyVersionStatus>,
): VersionFacts {
  const before = previous.get(seen.version);
  // A key set believes its own status only: in another namespace's, its owner could have put a key of their own.
  const key = seen.key ?? (before === undefined ? undefined : keyOfStatus(before));
  return {
    vaultUri: source.vaultUri,
    name: source.name,
    version: seen.version,
    presence: 'present',
    enabled: seen.enabled,
    ...(seen.createdOn === undefined ? {} : { createdOn: seen.createdOn }),
    ...(seen.notBefore === undefined ? {} : { notBefore: seen.notBefore }),
    ...(seen.expiresOn === undefined ? {} : { expiresOn: seen.expiresOn }),
    ...(key === undefined ? {} : { key }),
    ...(before === undefined ? {} : { previous: before }),
  };
}

export function lastKnown(status: KeyVersionStatus): VersionFacts {
  const { vaultUri, name, version } = status;
  const key = keyOfStatus(status);
  return {
    vaultUri,
    name,
    version,
    presence: presenceOf(status),
    // Whatever else it was: a version that was disabled must not come back because the vault cannot be read.
    enabled: status.state !== 'disabled',
    ...timeField('createdOn', status.createdOn),
    ...timeField('notBefore', status.notBefore),
    ...timeField('expiresOn', status.expiresOn),
    ...(key === undefined ? {} : { key }),
    previous: status,
  };
}

function presenceOf(status: KeyVersionStatus): VersionFacts['presence'] {
  if (status.state === 'deleted') return 'deleted';
  return status.state === 'unknown' ? 'unknown' : 'present';
}

/** The key in a status entry, where the entry is sound and nothing speaks against it; else the vault is asked again. */
export function keyOfStatus(status: KeyVersionStatus): PublicKeyLoad | undefined {
  if (status.publicKeyPem === undefined || status.state === 'unknown') return undefined;
  const load = loadPublicKey({ pem: status.publicKeyPem });
  return load.ok && load.key.fingerprint === status.fingerprint ? load : undefined;
}

function timeField<Name extends string>(
  name: Name,
  text: string | undefined,
): { readonly [Field in Name]?: number } {
  const time = text === undefined ? undefined : parseTime(text);
  return (time === undefined ? {} : { [name]: time }) as { readonly [Field in Name]?: number };
}
