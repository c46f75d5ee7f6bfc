/** The patch kinds of the API, each a pure function from the current object to the wanted one. */
import { applyPatch, type Operation } from 'rfc6902';
import { z } from 'zod';
import { isRecord, toPlain, type JsonRecord } from './objects.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { badRequest, unprocessable, unsupportedMediaType } from './status-errors.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply';

const MEDIA_TYPES: Readonly<Record<string, PatchKind>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/**
 * Kinds whose lists are sets or atomic throughout: server-side apply can be told truthfully for them. Workloads, Services and
 * the like have keyed lists whose ownership this stand-in does not track, so apply answers 415 for them.
 */
const APPLY_KINDS = [
  'Namespace',
  'ConfigMap',
  'Secret',
  'Lease',
  'ServiceAccount',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
];

function acceptedKinds(resource: ResourceDefinition): PatchKind[] {
  if (resource.custom !== undefined) return ['json', 'merge', 'apply'];
  return APPLY_KINDS.includes(resource.kind)
    ? ['json', 'merge', 'strategic', 'apply']
    : ['json', 'merge', 'strategic'];
}

/** @throws StatusError 415 naming what this resource accepts */
export function readPatchKind(
  contentType: string | undefined,
  resource: ResourceDefinition,
): PatchKind {
  const accepted = acceptedKinds(resource);
  const kind = MEDIA_TYPES[(contentType ?? '').split(';')[0]?.trim() ?? ''];
  if (kind !== undefined && accepted.includes(kind)) return kind;
  throw unsupportedMediaType(
    Object.keys(MEDIA_TYPES).filter((type) => accepted.includes(MEDIA_TYPES[type] as PatchKind)),
  );
}

/** RFC 7396. */
export function applyMergePatch(current: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: JsonRecord = isRecord(current) ? { ...current } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = applyMergePatch(merged[key], value);
  }
  return merged;
}

const operations = z.array(
  z.discriminatedUnion('op', [
    z.object({ op: z.literal('add'), path: z.string(), value: z.unknown() }),
    z.object({ op: z.literal('replace'), path: z.string(), value: z.unknown() }),
    z.object({ op: z.literal('test'), path: z.string(), value: z.unknown() }),
    z.object({ op: z.literal('remove'), path: z.string() }),
    z.object({ op: z.literal('move'), path: z.string(), from: z.string() }),
    z.object({ op: z.literal('copy'), path: z.string(), from: z.string() }),
  ]),
);

const MAX_OPERATIONS = 10_000;

/** RFC 6902, all or nothing. @throws StatusError 400 for what is no patch, 422 for one that does not fit the object */
export function applyJsonPatch(current: unknown, patch: unknown): unknown {
  const parsed = operations.safeParse(patch);
  if (!parsed.success) throw badRequest('json: cannot unmarshal the body into a JSON patch');
  if (parsed.data.length > MAX_OPERATIONS) {
    throw badRequest(`The allowed maximum operations in a JSON patch is ${String(MAX_OPERATIONS)}`);
  }
  const changed = toPlain(current);
  const failed = applyPatch(changed, parsed.data as Operation[]).find((error) => error !== null);
  if (failed !== undefined) {
    throw unprocessable();
  }
  return changed;
}

function requireObject(body: unknown): JsonRecord {
  if (!isRecord(body)) throw badRequest('this kind of patch must be a JSON object');
  return body;
}

/** Everything but server-side apply, which needs to know who owns what. */
const APPLIERS: Readonly<
  Record<Exclude<PatchKind, 'apply'>, (current: JsonRecord, body: unknown) => unknown>
> = {
  json: applyJsonPatch,
  merge: (current, body) => applyMergePatch(current, requireObject(body)),
  strategic: (current, body) => applyStrategicMerge(current, requireObject(body)),
};

/** @throws StatusError 400 or 422 for a patch that is none or does not fit */
export function applyPatchBody(
  kind: Exclude<PatchKind, 'apply'>,
  current: JsonRecord,
  body: unknown,
): unknown {
  return APPLIERS[kind](current, body);
}
