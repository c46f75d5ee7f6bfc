import { z } from 'zod';
import type {
  RatifyKeyRef,
  RatifyTrustPolicy,
  RatifyVerifier,
} from '../../core/policy/ratify-verifier.ts';
import type { ParseResult } from './parse-result.ts';
import { METADATA, parseWith } from './parse-with.ts';

/** A Verifier or NamespacedVerifier as far as keyward reads it. */
export interface ParsedVerifier {
  readonly name: string;
  readonly namespace?: string;
  readonly generation: number;
  readonly resourceVersion: string;
  /** `cosign`, `notation`, … */
  readonly type: string;
  /** Only of type cosign. What could not be read is in its `problems`, and then it denies. */
  readonly cosign?: RatifyVerifier;
}

const OBJECT = z.object({
  metadata: METADATA,
  spec: z.object({
    name: z.string().default(''),
    type: z.string().nullish(),
    // Judged apart: nonsense here must make the verifier deny, not disappear.
    parameters: z.unknown().optional(),
  }),
});

const TEXT = z.string().min(1);
const OPTIONAL_TEXT = z.preprocess((value) => (value === '' ? undefined : value), TEXT.nullish());

const KEY = z.object({
  provider: OPTIONAL_TEXT,
  name: OPTIONAL_TEXT,
  // Unquoted, a version of digits is a YAML number, and digits are lost: refused, never guessed.
  version: OPTIONAL_TEXT,
  file: OPTIONAL_TEXT,
});

const TRUST_POLICY = z.object({
  name: TEXT,
  scopes: z.array(z.string()).nullish(),
  keys: z.array(KEY).nullish(),
  keyless: z.unknown().optional(),
  tLogVerify: z.boolean().nullish(),
});

const PARAMETERS = z.object({
  trustPolicies: z.array(TRUST_POLICY),
  // The form before trust policies: a path in Ratify's own container.
  key: z
    .undefined({ error: 'a key file is not supported: use trustPolicies with a provider' })
    .optional(),
});

/** Cluster-wide or namespaced alike: the namespace tells which. `name` in spec is the type where `type` is not given (Ratify v1.2). */
export function parseVerifier(object: unknown): ParseResult<ParsedVerifier> {
  const outer = parseWith(OBJECT, object);
  if (!outer.ok) return outer;
  const { metadata, spec } = outer.value;
  const { name, namespace, generation, resourceVersion } = metadata;
  const type = (spec.type ?? '') === '' ? spec.name : (spec.type ?? '');
  const common = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    generation,
    resourceVersion,
    type,
  };
  if (type !== 'cosign') return { ok: true, value: common };
  const cosign: RatifyVerifier = {
    kind: namespace === undefined ? 'Verifier' : 'NamespacedVerifier',
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...readTrustPolicies(spec.parameters ?? {}),
  };
  return { ok: true, value: { ...common, cosign } };
}

function readTrustPolicies(
  parameters: unknown,
): Pick<RatifyVerifier, 'trustPolicies' | 'problems'> {
  const parsed = parseWith(PARAMETERS, parameters);
  if (!parsed.ok)
    return {
      trustPolicies: [],
      problems: parsed.problems.map((problem) => `spec.parameters.${problem}`),
    };
  return { trustPolicies: parsed.value.trustPolicies.map(toTrustPolicy) };
}

function toTrustPolicy(policy: z.output<typeof TRUST_POLICY>): RatifyTrustPolicy {
  const { tLogVerify, keyless } = policy;
  return {
    name: policy.name,
    scopes: policy.scopes ?? [],
    keys: (policy.keys ?? []).map(toKeyRef),
    ...(keyless === undefined || keyless === null ? {} : { keyless: true }),
    ...(typeof tLogVerify === 'boolean' ? { tLogVerify } : {}),
  };
}

function toKeyRef({ provider, name, version, file }: z.output<typeof KEY>): RatifyKeyRef {
  return {
    ...(typeof provider === 'string' ? { provider } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof file === 'string' ? { file } : {}),
  };
}
