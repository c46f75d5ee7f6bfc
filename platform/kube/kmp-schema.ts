import { z } from 'zod';
import type { ParseResult } from './parse-result.ts';
import { METADATA, parseWith } from './parse-with.ts';
import { KEY_NAME, KEY_VERSION, VAULT_URI } from './vault-names.ts';

export type KmpKind = 'KeyManagementProvider' | 'NamespacedKeyManagementProvider';

export interface KmpKey {
  readonly name: string;
  /** Absent: the current one. */
  readonly version?: string;
}

/** Ratify's KeyManagementProvider, cluster-wide or namespaced, as far as keyward reads it. */
export interface Kmp {
  readonly kind: KmpKind;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** `azurekeyvault`, `inline`, or one that keyward does not read. */
  readonly type: string;
  /** Only with `azurekeyvault`. */
  readonly vaultUri?: string;
  readonly keys: readonly KmpKey[];
  /** Only with `inline` and `contentType: key`. */
  readonly inlineValue?: string;
  /** As found, for whoever writes the object back. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Who, other than keyward, wrote to the spec last. */
  readonly lastForeignManager?: string;
  /** In the spec, as found: a Go duration; only Ratify v1.3 and later have it. */
  readonly refreshInterval?: string;
  readonly status: KmpStatus;
}

/** What Ratify, or keyward in its place, says of a provider. */
export interface KmpStatus {
  readonly isSuccess?: boolean;
  readonly error?: string;
  /** Of its last attempt, failed ones included; in seconds. */
  readonly lastFetchedTime?: string;
  /** The field manager that wrote the status last. */
  readonly writer?: string;
}

const KEY = z.object({
  name: KEY_NAME,
  version: z.preprocess(
    (value) => (value === null || value === '' ? undefined : value),
    KEY_VERSION.optional(),
  ),
});

const AZURE = z.object({
  vaultURI: VAULT_URI,
  // The chart writes `keys:` without a value for an empty list.
  keys: z
    .array(KEY)
    .nullish()
    .transform((keys) => keys ?? []),
});

const MANAGED_FIELDS = z
  .array(
    z.object({
      manager: z.string().default(''),
      time: z.string().default(''),
      subresource: z.string().optional(),
    }),
  )
  .optional()
  .catch(undefined);

const OBJECT = z.object({
  metadata: METADATA.extend({ managedFields: MANAGED_FIELDS }),
  spec: z
    .object({
      type: z.string().trim().default(''),
      parameters: z.record(z.string(), z.unknown()).nullish(),
      refreshInterval: z.string().optional().catch(undefined),
    })
    .default({ type: '' }),
  status: z
    .object({
      issuccess: z.boolean().optional(),
      error: z.string().optional(),
      lastfetchedtime: z.string().optional().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

/** Cluster-wide or namespaced alike: the namespace tells which. */
export function parseKmp(object: unknown): ParseResult<Kmp> {
  const outer = parseWith(OBJECT, object);
  if (!outer.ok) return outer;
  const { metadata, spec, status } = outer.value;
  const parameters = spec.parameters ?? {};
  const source = parseSource(spec.type, parameters);
  if (!source.ok) return source;
  return {
    ok: true,
    value: {
      kind:
        metadata.namespace === undefined
          ? 'KeyManagementProvider'
          : 'NamespacedKeyManagementProvider',
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      generation: metadata.generation,
      labels: metadata.labels ?? {},
      annotations: metadata.annotations ?? {},
      type: spec.type,
      parameters,
      ...source.value,
      ...foreignManager(metadata.managedFields ?? []),
      ...(spec.refreshInterval === undefined || spec.refreshInterval === ''
        ? {}
        : { refreshInterval: spec.refreshInterval }),
      status: toStatus(status, metadata.managedFields ?? []),
    },
  };
}

type Managers = NonNullable<z.output<typeof MANAGED_FIELDS>>;

function toStatus(status: z.output<typeof OBJECT>['status'], fields: Managers): KmpStatus {
  const writer = lastOf(fields.filter(({ subresource }) => subresource === 'status'));
  return {
    ...(status?.issuccess === undefined ? {} : { isSuccess: status.issuccess }),
    ...(status?.error === undefined ? {} : { error: status.error }),
    ...(status?.lastfetchedtime === undefined ? {} : { lastFetchedTime: status.lastfetchedtime }),
    ...(writer === undefined ? {} : { writer }),
  };
}

function foreignManager(fields: Managers): { lastForeignManager?: string } {
  const last = lastOf(
    fields.filter(({ manager, subresource }) => manager !== 'keyward' && subresource === undefined),
  );
  return last === undefined ? {} : { lastForeignManager: last };
}

function lastOf(fields: Managers): string | undefined {
  return fields.toSorted((first, second) => (first.time < second.time ? 1 : -1))[0]?.manager;
}

function parseSource(
  type: string,
  parameters: Readonly<Record<string, unknown>>,
): ParseResult<{ vaultUri?: string; keys: readonly KmpKey[]; inlineValue?: string }> {
  if (type === '') return { ok: false, problems: ['spec.type is missing'] };
  if (type === 'azurekeyvault') {
    const parsed = parseWith(AZURE, parameters);
    if (!parsed.ok)
      return { ok: false, problems: parsed.problems.map((each) => `spec.parameters.${each}`) };
    const keys = parsed.value.keys.map(({ name, version }) =>
      version === undefined ? { name } : { name, version },
    );
    return { ok: true, value: { vaultUri: parsed.value.vaultURI, keys } };
  }
  const { value, contentType } = parameters;
  if (type === 'inline' && contentType === 'key' && typeof value === 'string')
    return { ok: true, value: { keys: [], inlineValue: value } };
  return { ok: true, value: { keys: [] } };
}
