import { z } from 'zod';
import { KEY_ALGORITHMS, KEY_STATES, type KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { Condition, KeySet, KeySetSpec, KeySetStatus } from '../../core/keys/key-set.ts';
import { parseDurationSeconds } from './duration.ts';
import type { ParseResult } from './parse-result.ts';
import { METADATA, parseWith } from './parse-with.ts';
import { KEY_URI } from './key-uri.ts';
import { KEY_VERSION } from './vault-names.ts';

function duration(fallback: string, minimumSeconds: number) {
  return z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const seconds = parseDurationSeconds(text);
      if (seconds !== undefined && seconds >= minimumSeconds) return seconds;
      context.addIssue({
        code: 'custom',
        message: `must be a duration as 5s, 10m or 24h, at least ${minimumSeconds}s`,
      });
      return z.NEVER;
    });
}

const SCOPE = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^*\s]*\*?$/u, 'one * is allowed, as the last character');

const VERSIONS = z.object({
  baseline: z.array(KEY_VERSION).optional(),
  follow: z.boolean().default(true),
  exclude: z.array(KEY_VERSION).default([]),
  limit: z.number().int().min(1).max(200).default(20),
});

const PROVIDER_REF = z.object({
  kind: z.enum(['KeyManagementProvider', 'NamespacedKeyManagementProvider']),
  name: z.string().min(1),
});

const SPEC = z
  .object({
    keys: z.array(KEY_URI).min(1).max(100).optional(),
    providerRef: PROVIDER_REF.optional(),
    images: z.array(SCOPE).min(1).optional(),
    versions: VERSIONS.prefault({}),
    expiredKeys: z.enum(['Trust', 'Deny', 'AllowTimestamped']).default('Trust'),
    sweepInterval: duration('5s', 1),
    staleAfter: duration('24h', 60),
    onStale: z.enum(['Deny', 'KeepTrust']).default('Deny'),
    publish: PROVIDER_REF.optional(),
  })
  .refine(({ keys, providerRef }) => (keys === undefined) !== (providerRef === undefined), {
    message: 'exactly one of keys and providerRef must be given',
  });

const TEXT = z.string().optional().catch(undefined);

const STATUS_VERSION = z.object({
  vaultUri: z.string().toLowerCase(),
  name: z.string().toLowerCase(),
  version: z.string().toLowerCase(),
  // A word that this release does not know is not `trusted`.
  state: z.enum(KEY_STATES).catch('unknown'),
  reason: z.string().catch(''),
  since: z.string().catch(''),
  createdOn: TEXT,
  notBefore: TEXT,
  expiresOn: TEXT,
  algorithm: z.enum(KEY_ALGORITHMS).optional().catch(undefined),
  fingerprint: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/u)
    .optional()
    .catch(undefined),
  publicKeyPem: TEXT,
});

const CONDITION = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']).catch('Unknown'),
  reason: z.string().catch(''),
  message: z.string().catch(''),
  lastTransitionTime: z.string().catch(''),
  observedGeneration: z.number().int().optional().catch(undefined),
});

/** A status that cannot be read contributes no trust and does not keep the worker from writing a better one. */
const STATUS = z.object({
  observedGeneration: z.number().int().optional().catch(undefined),
  lastReconciledTime: TEXT,
  lastChangeTime: TEXT,
  effectiveSweepInterval: TEXT,
  trusted: z.number().int().min(0).catch(0),
  versions: z.array(z.unknown()).catch([]),
  conditions: z.array(z.unknown()).catch([]),
  provider: PROVIDER_REF.extend({
    mode: z.enum(['patch', 'generate', 'publish']),
    uid: z.string().default(''),
  })
    .optional()
    .catch(undefined),
});

const OBJECT = z.object({
  metadata: METADATA.extend({ namespace: z.string().min(1) }),
  spec: SPEC,
  status: z.unknown().optional(),
});

/** A KeySet with its defaults filled in. The spec must be right as a whole; of the status, each readable entry counts. */
export function parseKeySet(object: unknown): ParseResult<KeySet> {
  const parsed = parseWith(OBJECT, object);
  if (!parsed.ok) return parsed;
  const { metadata, spec, status } = parsed.value;
  return {
    ok: true,
    value: {
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      generation: metadata.generation,
      spec: toSpec(spec),
      status: parseStatus(status),
    },
  };
}

function toSpec(spec: z.output<typeof SPEC>): KeySetSpec {
  const { baseline, ...versions } = spec.versions;
  return {
    ...(spec.keys === undefined ? {} : { keys: spec.keys }),
    ...(spec.providerRef === undefined ? {} : { providerRef: spec.providerRef }),
    ...(spec.images === undefined ? {} : { images: spec.images }),
    versions: { ...(baseline === undefined ? {} : { baseline }), ...versions },
    expiredKeys: spec.expiredKeys,
    sweepIntervalSeconds: spec.sweepInterval,
    staleAfterSeconds: spec.staleAfter,
    onStale: spec.onStale,
    ...(spec.publish === undefined ? {} : { publish: spec.publish }),
  };
}

function parseStatus(input: unknown): KeySetStatus {
  const { versions, conditions, ...rest } = STATUS.parse(isObject(input) ? input : {});
  return {
    ...dropUndefined(rest),
    trusted: rest.trusted,
    versions: keepReadable(STATUS_VERSION, versions) as readonly KeyVersionStatus[],
    conditions: keepReadable(CONDITION, conditions) as readonly Condition[],
  };
}

function keepReadable(schema: z.ZodObject, entries: readonly unknown[]): unknown[] {
  return entries.flatMap((entry) => {
    const parsed = schema.safeParse(entry);
    return parsed.success ? [dropUndefined(parsed.data)] : [];
  });
}

/** `exactOptionalPropertyTypes`: an absent field is absent, not `undefined`. */
function dropUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function isObject(input: unknown): input is object {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
