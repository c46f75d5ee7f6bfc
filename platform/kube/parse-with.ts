import { z } from 'zod';
import type { ParseResult } from './parse-result.ts';

/** Runs one schema; each problem names its field. */
export function parseWith<S extends z.ZodType>(
  schema: S,
  input: unknown,
): ParseResult<z.output<S>> {
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.slice(0, 20).map(describeIssue) };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${String(part)}`,
  );
  const where = path.join('').replace(/^\./u, '');
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}

/** What every kind's parser takes from metadata; names and versions come from the API server, which checked them. */
export const METADATA = z.object({
  name: z.string().min(1),
  namespace: z.string().min(1).optional(),
  uid: z.string().default(''),
  resourceVersion: z.string().default(''),
  generation: z.number().int().default(0),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
});
