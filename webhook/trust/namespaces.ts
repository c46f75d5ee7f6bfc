import { z } from 'zod';
import type { ParseResult } from '../../platform/kube/schemas.ts';

/** What keyward reads of a Namespace. */
export interface NamespaceLabel {
  readonly name: string;
  /** The label `keyward.dev/enforce` as written. */
  readonly enforce?: string;
}

export const ENFORCE_LABEL = 'keyward.dev/enforce';

const NAMESPACE = z.object({
  metadata: z.object({
    name: z.string().min(1),
    labels: z.record(z.string(), z.string()).nullish(),
  }),
});

export function parseNamespace(object: unknown): ParseResult<NamespaceLabel> {
  const parsed = NAMESPACE.safeParse(object);
  if (!parsed.success) return { ok: false, problems: ['it is not a Namespace'] };
  const { name, labels } = parsed.data.metadata;
  const enforce = labels?.[ENFORCE_LABEL];
  return { ok: true, value: enforce === undefined ? { name } : { name, enforce } };
}
