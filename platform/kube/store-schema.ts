import { z } from 'zod';
import type { ParseResult } from './parse-result.ts';
import { METADATA, parseWith } from './parse-with.ts';

/** Ratify's Store, cluster-wide or namespaced, as far as keyward reads it. */
export interface RatifyStore {
  readonly name: string;
  readonly namespace?: string;
  readonly generation: number;
  readonly resourceVersion: string;
  /** `spec.name`: the store's plugin, `oras`. */
  readonly plugin: string;
  readonly cosignEnabled: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const OBJECT = z.object({
  metadata: METADATA,
  spec: z.object({
    name: z.string().min(1),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
});

const PARAMETERS = z.object({ cosignEnabled: z.boolean().default(false) });

export function parseStore(object: unknown): ParseResult<RatifyStore> {
  const parsed = parseWith(OBJECT, object);
  if (!parsed.ok) return parsed;
  const { metadata, spec } = parsed.value;
  const parameters = spec.parameters ?? {};
  const known = parseWith(PARAMETERS, parameters);
  if (!known.ok)
    return { ok: false, problems: known.problems.map((each) => `spec.parameters.${each}`) };
  return {
    ok: true,
    value: {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      generation: metadata.generation,
      resourceVersion: metadata.resourceVersion,
      plugin: spec.name,
      cosignEnabled: known.value.cosignEnabled,
      parameters,
    },
  };
}
