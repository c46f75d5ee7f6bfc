/**
 * Who wrote which field. Light: lists are owned as a whole (`f:containers: {}`), where a real server tracks keyed lists item by
 * item; for custom resources with atomic lists the result is the same. Readers find the manager of a path either way.
 */
import {
  isRecord,
  sameValue,
  type JsonRecord,
  type KubeObject,
  type ManagedFieldsEntry,
} from './objects.ts';

/** A field path as JSON text of its keys: comparable and reversible. */
export type FieldPath = string;

const SERVER_OWNED = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
];

function isServerOwned(path: readonly string[]): boolean {
  const [first, second] = path;
  if (first === 'apiVersion' || first === 'kind') return true;
  return first === 'metadata' && second !== undefined && SERVER_OWNED.includes(second);
}

/** Leaves of an object: scalars, lists and empty maps. */
export function leavesOf(value: unknown, path: readonly string[] = []): Map<FieldPath, unknown> {
  if (isServerOwned(path)) return new Map();
  if (isRecord(value) && Object.keys(value).length > 0) {
    return new Map(
      Object.entries(value).flatMap(([key, member]) => [...leavesOf(member, [...path, key])]),
    );
  }
  return new Map([[JSON.stringify(path), value]]);
}

export function parseFieldPath(path: FieldPath): string[] {
  return JSON.parse(path) as string[];
}

function toFields(paths: Iterable<FieldPath>): JsonRecord {
  const root: JsonRecord = {};
  for (const path of paths) {
    let at = root;
    for (const key of parseFieldPath(path)) {
      const name = `f:${key}`;
      const next = at[name];
      const child: JsonRecord = isRecord(next) ? next : {};
      at[name] = child;
      at = child;
    }
  }
  return root;
}

export function pathsOf(fields: JsonRecord, prefix: readonly string[] = []): FieldPath[] {
  const members = Object.entries(fields).filter(([name]) => name.startsWith('f:'));
  if (members.length === 0) return prefix.length === 0 ? [] : [JSON.stringify(prefix)];
  return members.flatMap(([name, inner]) =>
    pathsOf(isRecord(inner) ? inner : {}, [...prefix, name.slice(2)]),
  );
}

export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  readonly time: string;
}

function isSameWriter(entry: ManagedFieldsEntry, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.subresource === writer.subresource
  );
}

/**
 * The managedFields of `next`: what changed since `previous` moves to the writer, what is gone leaves every entry.
 * @param owned given for server-side apply: exactly these paths belong to the writer's entry
 */
export function recordWriter(
  previous: KubeObject | undefined,
  next: KubeObject,
  writer: Writer,
  owned?: ReadonlySet<FieldPath>,
): ManagedFieldsEntry[] {
  const before = previous === undefined ? new Map<FieldPath, unknown>() : leavesOf(previous);
  const after = leavesOf(next);
  const changed = new Set(
    [...after]
      .filter(([path, value]) => !before.has(path) || !sameValue(before.get(path), value))
      .map(([path]) => path),
  );
  const entries = previous?.metadata.managedFields ?? [];
  const own = entries.find((entry) => isSameWriter(entry, writer));
  const kept = entries
    .filter((entry) => entry !== own)
    .flatMap((entry) => {
      const had = pathsOf(entry.fieldsV1);
      const left = had.filter((path) => after.has(path) && !changed.has(path));
      if (left.length === 0) return [];
      return [left.length === had.length ? entry : { ...entry, fieldsV1: toFields(left) }];
    });
  const ownBefore = own === undefined ? [] : pathsOf(own.fieldsV1);
  const ownPaths = owned ?? new Set([...ownBefore.filter((path) => after.has(path)), ...changed]);
  if (ownPaths.size === 0) return kept;
  const fieldsV1 = toFields(ownPaths);
  if (own !== undefined && changed.size === 0 && sameValue(own.fieldsV1, fieldsV1))
    return [...kept, own];
  return [
    ...kept,
    {
      manager: writer.manager,
      operation: writer.operation,
      apiVersion: writer.apiVersion,
      time: writer.time,
      fieldsType: 'FieldsV1',
      fieldsV1,
      ...(writer.subresource === undefined ? {} : { subresource: writer.subresource }),
    },
  ];
}
