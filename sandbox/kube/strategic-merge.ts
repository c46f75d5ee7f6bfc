/**
 * Strategic merge patch (community/contributors/devel/sig-api-machinery/strategic-merge-patch.md) for built-in kinds: lists of
 * objects merge by a key that depends on the field. Directives: `$patch` (replace, delete, merge), `$retainKeys`,
 * `$deleteFromPrimitiveList/…`; `$setElementOrder/…` is accepted and orders nothing beyond what the merge itself gives.
 */
import { isRecord, type JsonRecord } from './objects.ts';
import { badRequest } from './status-errors.ts';

/** Merge key by field name; a field that is not here is replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  // A container names its port `containerPort`, a Service `port`.
  ports: ['containerPort', 'port'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  webhooks: ['name'],
};

/** Lists of plain values that merge as sets. */
const MERGED_SETS = ['finalizers'];

function keyFor(field: string, items: readonly unknown[]): string | undefined {
  return MERGE_KEYS[field]?.find((key) => items.some((item) => isRecord(item) && key in item));
}

function mergeKeyedList(
  current: readonly unknown[],
  patch: readonly unknown[],
  key: string,
): unknown[] {
  if (patch.some((item) => isRecord(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => !(isRecord(item) && item['$patch'] === 'replace'));
  }
  const merged = [...current];
  for (const item of patch) {
    if (!isRecord(item) || item[key] === undefined) {
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    }
    const index = merged.findIndex((one) => isRecord(one) && one[key] === item[key]);
    if (item['$patch'] === 'delete') {
      if (index !== -1) merged.splice(index, 1);
    } else if (index === -1) merged.push(mergeRecord({}, item));
    else merged[index] = mergeRecord(merged[index] as JsonRecord, item);
  }
  return merged;
}

function mergeList(field: string, current: unknown, patch: readonly unknown[]): unknown[] {
  const existing = Array.isArray(current) ? current : [];
  if (MERGED_SETS.includes(field)) return [...new Set([...existing, ...patch])];
  const key = keyFor(field, [...patch, ...existing]);
  return key === undefined ? [...patch] : mergeKeyedList(existing, patch, key);
}

function mergeValue(field: string, current: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return mergeList(field, current, patch);
  if (isRecord(patch)) return mergeRecord(isRecord(current) ? current : {}, patch);
  return patch;
}

const REMOVE_VALUES = '$deleteFromPrimitiveList/';

function mergeRecord(current: JsonRecord, patch: JsonRecord): JsonRecord {
  const { $patch: directive, $retainKeys: retained, ...members } = patch;
  if (directive === 'delete') return {};
  const merged: JsonRecord = directive === 'replace' ? {} : { ...current };
  for (const [field, value] of Object.entries(members)) {
    if (field.startsWith('$setElementOrder/')) continue;
    if (field.startsWith(REMOVE_VALUES)) {
      const target = field.slice(REMOVE_VALUES.length);
      const existing = merged[target];
      if (Array.isArray(existing) && Array.isArray(value)) {
        merged[target] = existing.filter((one) => !value.includes(one));
      }
    } else if (value === null) delete merged[field];
    else merged[field] = mergeValue(field, merged[field], value);
  }
  if (!Array.isArray(retained)) return merged;
  return Object.fromEntries(Object.entries(merged).filter(([field]) => retained.includes(field)));
}

export function applyStrategicMerge(current: JsonRecord, patch: JsonRecord): JsonRecord {
  return mergeRecord(current, patch);
}
