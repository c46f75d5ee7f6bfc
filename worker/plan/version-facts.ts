import type { KeySetStatus } from '../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import { parseTime } from '../../core/keys/time.ts';
import type { KnownKey, VersionFacts } from '../../core/keys/version-facts.ts';
import type { KeySource } from '../observe/provider-source.ts';
import type { KeyReading, SeenVersion } from '../observe/vault-reading.ts';

/** What a PEM holds: `loadPublicKey`, or something that remembers its answers. */
export type ReadPem = (pem: string) => KnownKey;

/**
 * The versions of one key. What could not be read keeps its last-known facts (DESIGN decision 8): they are judged again, so that
 * a revocation, a date or a person's exclusion acts while the vault is away.
 */
export function factsOf(
  reading: KeyReading,
  known: readonly KeyVersionStatus[],
  readPem: ReadPem,
): readonly VersionFacts[] {
  const previous = new Map(known.map((status) => [status.version, status]));
  const recall = (status: KeyVersionStatus) => lastKnown(status, readPem);
  if (reading.kind === 'failed') return known.map(recall);
  const seen = reading.versions.map((version) =>
    fromVault(reading.source, version, previous.get(version.version), readPem),
  );
  const have = new Set(seen.map(({ version }) => version));
  const others = known
    .filter(({ version }) => !have.has(version))
    .map((status) =>
      reading.deleted.has(status.version)
        ? { ...recall(status), presence: 'deleted' as const }
        : recall(status),
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
  before: KeyVersionStatus | undefined,
  readPem: ReadPem,
): VersionFacts {
  // A key set believes its own status only: in another namespace's, its owner could have put a key of their own.
  const key = seen.key ?? (before === undefined ? undefined : keyOfStatus(before, readPem));
  // Asked for only where it tells something: a sweep judges thousands.
  const previousKey =
    before === undefined || key?.ok !== false ? undefined : soundKeyOf(before, readPem);
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
    ...(previousKey === undefined ? {} : { previousKey }),
  };
}

export function lastKnown(status: KeyVersionStatus, readPem: ReadPem): VersionFacts {
  const { vaultUri, name, version } = status;
  const key = keyOfStatus(status, readPem);
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

/** How the reason begins of a version that lost its trust with its provider, and for nothing else that is known of it. */
export const WITHDRAWN = 'the provider cannot be used: ';

/** A provider that was deleted and made again (as `helm upgrade` does) must not deny everything because the vault is away just then. */
function isInDoubt({ state, reason }: KeyVersionStatus): boolean {
  return state === 'unknown' && !reason.startsWith(WITHDRAWN);
}

function presenceOf(status: KeyVersionStatus): VersionFacts['presence'] {
  if (status.state === 'deleted') return 'deleted';
  return isInDoubt(status) ? 'unknown' : 'present';
}

/** The key in a status entry, where the entry is sound and nothing speaks against it; else the vault is asked again. */
export function keyOfStatus(status: KeyVersionStatus, readPem: ReadPem): KnownKey | undefined {
  return isInDoubt(status) ? undefined : soundKeyOf(status, readPem);
}

/** The key in a status entry whose PEM and fingerprint belong together. */
export function soundKeyOf(status: KeyVersionStatus, readPem: ReadPem): KnownKey | undefined {
  if (status.publicKeyPem === undefined) return undefined;
  const key = readPem(status.publicKeyPem);
  return key.ok && key.key.fingerprint === status.fingerprint ? key : undefined;
}

function timeField<Name extends string>(
  name: Name,
  text: string | undefined,
): { readonly [Field in Name]?: number } {
  const time = text === undefined ? undefined : parseTime(text);
  return (time === undefined ? {} : { [name]: time }) as { readonly [Field in Name]?: number };
}
