/** Server-side apply with whole-list ownership (see managed-fields.ts): merge, conflicts, removal of what is no longer applied. */
import { isRecord, readPath, sameValue, type JsonRecord, type KubeObject } from './objects.ts';
import { leavesOf, parseFieldPath, pathsOf, type FieldPath } from './managed-fields.ts';
import { applyMergePatch } from './patch.ts';
import { failure, type StatusError } from './status-errors.ts';

export interface ApplyOptions {
  readonly manager: string;
  readonly force: boolean;
  readonly subresource: string | undefined;
}

function removePath(value: JsonRecord, path: readonly string[]): JsonRecord {
  const [key, ...rest] = path;
  if (key === undefined || value[key] === undefined) return value;
  const { [key]: inner, ...others } = value;
  if (rest.length === 0 || !isRecord(inner)) return others;
  const left = removePath(inner, rest);
  return Object.keys(left).length === 0 ? others : { ...others, [key]: left };
}

function fieldName(path: readonly string[]): string {
  return path.map((key) => `.${key}`).join('');
}

function applyConflict(found: readonly { manager: string; path: FieldPath }[]): StatusError {
  const causes = found.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${manager}"`,
    field: fieldName(parseFieldPath(path)),
  }));
  const many = causes.length === 1 ? '1 conflict' : `${String(causes.length)} conflicts`;
  const listed = causes.map((cause) => `${cause.message}: ${cause.field}`).join(', ');
  return failure(409, 'Conflict', `Apply failed with ${many}: ${listed}`, { causes });
}

/**
 * @returns the wanted object and the paths the manager owns afterwards
 * @throws StatusError 409 with one FieldManagerConflict cause per field that another manager holds with another value
 */
export function applyConfiguration(
  current: KubeObject,
  configuration: JsonRecord,
  { manager, force, subresource }: ApplyOptions,
): { object: unknown; owned: Set<FieldPath> } {
  const wanted = leavesOf(configuration);
  const owned = new Set(wanted.keys());
  const entries = current.metadata.managedFields ?? [];
  const isOwn = (entry: (typeof entries)[number]): boolean =>
    entry.manager === manager && entry.operation === 'Apply' && entry.subresource === subresource;
  const others = entries.filter((entry) => !isOwn(entry));
  const held = others.flatMap((entry) =>
    pathsOf(entry.fieldsV1).map((path) => ({ manager: entry.manager, path })),
  );
  const disputed = held.filter(
    ({ path }) =>
      wanted.has(path) && !sameValue(readPath(current, parseFieldPath(path)), wanted.get(path)),
  );
  if (disputed.length > 0 && !force) throw applyConflict(disputed);
  const before = entries.filter(isOwn).flatMap((entry) => pathsOf(entry.fieldsV1));
  const heldByOthers = new Set(held.map(({ path }) => path));
  const abandoned = before.filter((path) => !owned.has(path) && !heldByOthers.has(path));
  const reduced = abandoned.reduce<JsonRecord>(
    (object, path) => removePath(object, parseFieldPath(path)),
    current,
  );
  return { object: applyMergePatch(reduced, configuration), owned };
}
