import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { KeySet, KeySetSpec, KeySetStatus } from '../../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../../core/keys/key-version.ts';
import { loadPublicKey, type LoadedPublicKey } from '../../../core/keys/public-key.ts';
import { toKnownKey } from '../../../core/keys/version-facts.ts';
import { createLogger, type Logger } from '../../../platform/observe/logger.ts';
import { parseKmp, type Kmp } from '../../../platform/kube/schemas.ts';
import type { KeyReading, SeenVersion } from '../../../worker/observe/vault-reading.ts';
import type { Observation } from '../../../worker/plan/observation.ts';
import type { ReadPem } from '../../../worker/plan/version-facts.ts';

export const VAULT = 'https://contoso.vault.azure.net';
export const KEY = 'cosign-key';
export const NOW = Date.UTC(2026, 10, 1, 12);
export const HOUR = 3_600_000;
export const SILENT: Logger = createLogger({ level: 'silent', component: 'test' });

/** Version ids as Key Vault makes them: `v(1)` is older than `v(2)` by name too, which no code may rely on. */
export function v(number: number): string {
  return number.toString(16).padStart(2, '0').repeat(16);
}

const keys = new Map<string, { readonly loaded: LoadedPublicKey; readonly jwk: JsonWebKey }>();

/** A P-256 key by name: the same one each time. */
export function keyOf(name: string): {
  readonly loaded: LoadedPublicKey;
  readonly jwk: JsonWebKey;
} {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const load = loadPublicKey({ jwk });
  if (!load.ok) throw new Error(load.detail);
  const made = { loaded: load.key, jwk };
  keys.set(name, made);
  return made;
}

/** What the vault shows of a version; created an hour apart, in the order of their numbers. */
export function seen(number: number, change: Partial<SeenVersion> = {}): SeenVersion {
  const version = v(number);
  return {
    version,
    enabled: true,
    createdOn: NOW - (100 - number) * HOUR,
    key: { ok: true, key: keyOf(version).loaded },
    ...change,
  };
}

/** Without some of its fields. */
export function without<T extends object, Name extends keyof T>(
  value: T,
  ...names: readonly Name[]
): Omit<T, Name> {
  const copy: Partial<T> = { ...value };
  for (const name of names) delete copy[name];
  return copy as Omit<T, Name>;
}

export function reading(
  versions: readonly SeenVersion[],
  change: Partial<Extract<KeyReading, { kind: 'read' }>> = {},
): KeyReading {
  return {
    kind: 'read',
    source: { vaultUri: VAULT, name: KEY },
    versions,
    deleted: new Set(),
    problems: [],
    ...change,
  };
}

export function failedReading(code = 'VAULT_UNREACHABLE'): KeyReading {
  return {
    kind: 'failed',
    source: { vaultUri: VAULT, name: KEY },
    problem: { vaultUri: VAULT, code, message: 'the vault cannot be reached' },
  };
}

/** A status entry as a plan would have written it. */
export function entry(number: number, change: Partial<KeyVersionStatus> = {}): KeyVersionStatus {
  const version = v(number);
  const { fingerprint, algorithm, pem } = keyOf(version).loaded;
  return {
    vaultUri: VAULT,
    name: KEY,
    version,
    state: 'trusted',
    reason: 'enabled in the vault',
    since: '2026-10-01T00:00:00Z',
    createdOn: new Date(NOW - (100 - number) * HOUR).toISOString().replace('.000Z', 'Z'),
    fingerprint,
    algorithm,
    publicKeyPem: pem,
    ...change,
  };
}

export function keySet(
  change: {
    readonly spec?: Partial<KeySetSpec>;
    readonly status?: Partial<KeySetStatus>;
    readonly namespace?: string;
    readonly name?: string;
    readonly generation?: number;
  } = {},
): KeySet {
  return {
    namespace: change.namespace ?? 'keyward-system',
    name: change.name ?? 'prod',
    uid: 'uid-1',
    resourceVersion: '7',
    generation: change.generation ?? 1,
    spec: {
      keys: [`azurekms://contoso.vault.azure.net/${KEY}`],
      versions: { follow: true, exclude: [], limit: 20 },
      expiredKeys: 'Trust',
      sweepIntervalSeconds: 5,
      staleAfterSeconds: 86_400,
      onStale: 'Deny',
      ...change.spec,
    },
    status: { trusted: 0, versions: [], conditions: [], ...change.status },
  };
}

/** A KeySet that follows the provider of the same name. */
export function followingKeySet(name: string, change: Parameters<typeof keySet>[0] = {}): KeySet {
  const made = keySet({ name, ...change });
  const spec = { ...made.spec, providerRef: { kind: 'KeyManagementProvider', name } as const };
  return { ...made, spec: without(spec, 'keys') };
}

export interface KmpParts {
  readonly name?: string;
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly managedFields?: readonly unknown[];
  readonly status?: Readonly<Record<string, unknown>>;
  readonly resourceVersion?: string;
}

export type KmpObject = ReturnType<typeof kmpObject>;

/** The API object; `keys` of the parameters as people write them. */
export function kmpObject(parts: KmpParts = {}) {
  return {
    metadata: {
      name: parts.name ?? 'akv',
      ...(parts.namespace === undefined ? {} : { namespace: parts.namespace }),
      uid: 'uid-kmp',
      resourceVersion: parts.resourceVersion ?? '11',
      generation: 1,
      annotations: { ...parts.annotations },
      managedFields: parts.managedFields ?? [],
    },
    spec: {
      type: parts.type ?? 'azurekeyvault',
      parameters: parts.parameters ?? {
        vaultURI: `${VAULT}/`,
        tenantID: 'tenant',
        clientID: 'client',
        keys: [{ name: KEY, version: v(1) }],
      },
    },
    ...(parts.status === undefined ? {} : { status: parts.status }),
  };
}

export function kmp(parts: KmpParts = {}): Kmp {
  const parsed = parseKmp(kmpObject(parts));
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
}

/** What a PEM holds, nothing remembered. */
export const readPem: ReadPem = (pem) => toKnownKey(loadPublicKey({ pem }));

export function observation(change: Partial<Observation> = {}): Observation {
  return {
    keySet: keySet(),
    readings: [],
    findRevocation: () => undefined,
    readPem,
    effectiveSweepSeconds: 5,
    now: NOW,
    ...change,
  };
}

/** JSON merge patch (RFC 7396). */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target)
      ? { ...(target as Record<string, unknown>) }
      : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}
