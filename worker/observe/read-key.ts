import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import { loadPublicKey } from '../../core/keys/public-key.ts';
import { toKnownKey } from '../../core/keys/version-facts.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import { isServiceError } from '../../platform/observe/service-error.ts';
import type { KeyVault, VaultKey, VaultVersion } from '../../platform/vault/key-vault.ts';
import { VaultError } from '../../platform/vault/vault-error.ts';
import { keyOfStatus, type ReadPem } from '../plan/version-facts.ts';
import type { KeyCache } from './key-cache.ts';
import { mapConcurrently } from './map-concurrently.ts';
import type { KeyReading, SeenVersion, VaultProblem } from './vault-reading.ts';

/** As many as a KeySet's status holds: of a key with more, the oldest are not looked at. */
const VERSIONS_LIMIT = 200;
const CONCURRENCY = 4;

export interface VaultReader {
  readonly vault: KeyVault;
  readonly keyCache: KeyCache;
  readonly readPem: ReadPem;
}

export interface ReadRequest {
  readonly vaultUri: string;
  readonly name: string;
  /** What each KeySet that follows the key knows of it: its status entries. */
  readonly known: readonly (readonly KeyVersionStatus[])[];
  /** How many public keys to read that are known from a status only: what was changed there comes to light. */
  readonly confirm: number;
  /** Counts each call to the vault by what came of it. */
  readonly onCall: (outcome: 'ok' | 'failed') => void;
}

/**
 * One list, and a GET of each version whose public key somebody needs. "Not there" is believed only from a GET of that version; whatever
 * could not be found out is a problem, never a deletion.
 */
export async function readKey(
  request: ReadRequest,
  reader: VaultReader,
  signal: AbortSignal,
): Promise<KeyReading> {
  const source = { vaultUri: request.vaultUri, name: request.name };
  let listed: readonly VaultVersion[];
  try {
    listed = await listVersions(request, reader, signal);
  } catch (error) {
    return { kind: 'failed', source, problem: problemOf(error, request, signal) };
  }
  const problems: VaultProblem[] = [];
  const deleted = new Set<string>();
  const wanted = listed.toSorted(byAge).slice(-VERSIONS_LIMIT);
  const toRead = chooseKeysToRead(wanted, request, reader);

  const look = async (version: string, seen?: VaultVersion): Promise<SeenVersion | undefined> => {
    const id = { ...source, version };
    const cached = reader.keyCache.find(id);
    if (seen !== undefined && !toRead.has(version))
      return cached === undefined ? pick(seen) : { ...pick(seen), key: cached };
    try {
      const answer = await call(request, () => reader.vault.getVersion(id, { signal }));
      if (answer === 'absent') {
        deleted.add(version);
        return undefined;
      }
      if (answer === 'disabled')
        return { ...pick(seen ?? { version, enabled: false }), enabled: false };
      const key = toKnownKey(loadPublicKey({ jwk: answer.jwk }));
      reader.keyCache.put(id, key);
      return { ...pick(answer), key };
    } catch (error) {
      problems.push(problemOf(error, request, signal));
      return seen === undefined ? undefined : pick(seen);
    }
  };

  const missing = findMissing(request, listed);
  const seen = await mapConcurrently(wanted, CONCURRENCY, (each) => look(each.version, each));
  const found = await mapConcurrently(missing.alive, CONCURRENCY, (version) => look(version));
  for (const version of missing.gone) deleted.add(version);
  const versions = [...seen, ...found].filter((each) => each !== undefined);
  return { kind: 'read', source, versions, deleted, problems };
}

/** The keys that some KeySet has nowhere else, and `confirm` more. */
function chooseKeysToRead(
  listed: readonly VaultVersion[],
  { vaultUri, name, known, confirm }: ReadRequest,
  { keyCache, readPem }: VaultReader,
): ReadonlySet<string> {
  const unread = listed
    .map(({ version }) => version)
    .filter((version) => keyCache.find({ vaultUri, name, version }) === undefined);
  const needed = unread.filter((version) =>
    known.some((entries) => {
      const entry = entries.find((each) => each.version === version);
      return entry === undefined || keyOfStatus(entry, readPem) === undefined;
    }),
  );
  const others = unread.filter((version) => !needed.includes(version));
  return new Set([...needed, ...others.slice(0, confirm)]);
}

/** Known versions that the list lacks: those believed to exist, and those known to be deleted. */
function findMissing(
  { known }: ReadRequest,
  listed: readonly VaultVersion[],
): { readonly alive: readonly string[]; readonly gone: readonly string[] } {
  const present = new Set(listed.map(({ version }) => version));
  const missing = known.flat().filter(({ version }) => !present.has(version));
  const alive = new Set(
    missing.filter(({ state }) => state !== 'deleted').map(({ version }) => version),
  );
  const gone = missing.map(({ version }) => version).filter((version) => !alive.has(version));
  return { alive: [...alive], gone };
}

/** A vault that has no such key has no versions: each known one is confirmed by itself all the same. */
async function listVersions(
  request: ReadRequest,
  reader: VaultReader,
  signal: AbortSignal,
): Promise<readonly VaultVersion[]> {
  const { vaultUri, name } = request;
  try {
    return await call(request, () => reader.vault.listVersions({ vaultUri, name }, { signal }));
  } catch (error) {
    if (isServiceError(error, 'VAULT_KEY_ABSENT')) return [];
    throw error;
  }
}

async function call<T>({ onCall }: ReadRequest, read: () => Promise<T>): Promise<T> {
  try {
    const answer = await read();
    onCall('ok');
    return answer;
  } catch (error) {
    onCall('failed');
    throw error;
  }
}

/** Rethrows when the caller gave up: an aborted read says nothing about the vault. */
function problemOf(error: unknown, { vaultUri }: ReadRequest, signal: AbortSignal): VaultProblem {
  if (signal.aborted) throw error;
  const { code = 'VAULT_UNREACHABLE', message } = describeError(error);
  const seconds = error instanceof VaultError ? error.retryAfterSeconds : undefined;
  return {
    vaultUri,
    code: error instanceof VaultError ? error.code : code,
    message,
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  };
}

function byAge(first: VaultVersion, second: VaultVersion): number {
  return (first.createdOn ?? -Infinity) - (second.createdOn ?? -Infinity) || 0;
}

function pick(version: VaultVersion | VaultKey): Omit<SeenVersion, 'key'> {
  const { createdOn, notBefore, expiresOn } = version;
  return {
    version: version.version.toLowerCase(),
    enabled: version.enabled,
    ...(createdOn === undefined ? {} : { createdOn }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(expiresOn === undefined ? {} : { expiresOn }),
  };
}
