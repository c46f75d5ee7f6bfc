import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { Kmp, KmpKey } from '../../platform/kube/schemas.ts';
import { fetchedBefore } from './confirmation.ts';
import { findHeldOut, isRevert, type KmpContext } from './held-out.ts';
import {
  FETCHED_BEFORE,
  HELD_OUT,
  MANAGE,
  ORIGINAL_KEYS,
  REVERTS,
  TOMBSTONE_KEY,
  TOMBSTONE_OF,
  WRITTEN_KEYS,
  isBuried,
  itemName,
  readManagedState,
  readTombstone,
} from './kmp-annotations.ts';
import { desiredItems, isSameList } from './provider-items.ts';
import { modeOf } from './provider-mode.ts';
import {
  fought,
  notManaged,
  outOfSync,
  REVERT_LIMIT,
  syncOf,
  type ProviderSync,
} from './provider-sync.ts';

/** What to write to a managed provider. `null` removes an annotation. */
export interface KmpWrite {
  readonly kind: 'list' | 'tombstone' | 'annotate';
  /** The new `spec.parameters.keys`; empty for a tombstone, and beside certificates where no version is trusted. */
  readonly keys: readonly Required<KmpKey>[];
  readonly annotations: Readonly<Record<string, string | null>>;
  /** `list`: what the other parameters must be, when they return from a tombstone. */
  readonly restore?: Readonly<Record<string, unknown>>;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface KmpPlan {
  readonly sync: ProviderSync;
  readonly write?: KmpWrite;
}

interface PatchContext extends KmpContext {
  readonly buried: Readonly<Record<string, unknown>> | undefined;
}

/** What `keyward.dev/manage` asks to be written for these versions. Pure; `planKmp` of its own result writes nothing. */
export function planKmp(
  kmp: Kmp,
  versions: readonly KeyVersionStatus[],
  context: KmpContext = {},
): KmpPlan {
  const mode = modeOf(kmp, context.memory);
  if (mode === 'none' || mode === 'generate') return planRelease(kmp, context);
  if (mode !== 'patch')
    return { sync: outOfSync('ModeUnknown', `${MANAGE} takes patch, generate or none`) };
  const tombstone = readTombstone(kmp);
  if (tombstone === 'unreadable')
    return { sync: outOfSync('AnnotationUnreadable', `${TOMBSTONE_OF} cannot be read`) };
  if (kmp.vaultUri === undefined && tombstone === undefined)
    return { sync: notManaged(`a provider of type '${kmp.type}' holds no vault keys`) };
  return planPatch(kmp, desiredItems(kmp, versions), {
    ...context,
    buried: tombstone?.parameters,
  });
}

/**
 * A provider that a person released keeps the last list: nothing is put back that could re-trust a key. Notes that would be misread at the
 * next opt-in go; what was held out stays so.
 */
function planRelease(kmp: Kmp, context: KmpContext): KmpPlan {
  const buried = readTombstone(kmp) !== undefined;
  const sync = notManaged(
    buried
      ? `${MANAGE} was removed while no version was trusted: the provider holds a key that nobody can sign with. Its former parameters are in the annotation ${TOMBSTONE_OF}`
      : `${MANAGE} is not set: read only`,
  );
  // Where the list is empty, the notes are all that says which keys are followed.
  const isNoted = readManagedState(kmp).written !== undefined && kmp.keys.length > 0;
  if (!isNoted) return { sync };
  const annotations = changedAnnotations(kmp, {
    [ORIGINAL_KEYS]: null,
    [WRITTEN_KEYS]: null,
    [REVERTS]: null,
    [FETCHED_BEFORE]: null,
    [HELD_OUT]: jsonOrNull([...findHeldOut(kmp, context)].toSorted()),
  });
  return { sync, write: { kind: 'annotate', keys: [], annotations, added: [], removed: [] } };
}

function planPatch(kmp: Kmp, trusted: readonly Required<KmpKey>[], context: PatchContext): KmpPlan {
  const { buried } = context;
  const reverts = readManagedState(kmp).reverts + (isRevert(kmp) ? 1 : 0);
  const stopped = reverts >= REVERT_LIMIT && buried === undefined;
  const keys = stopped ? withoutAdditions(kmp, trusted) : trusted;
  const current = kmp.keys.map(itemName);
  const wanted = keys.map(itemName);
  const bury = keys.length === 0 && !hasCertificates(buried ?? kmp.parameters);
  const kind = writeKind({
    bury,
    isBuried: buried !== undefined,
    isIntact: isBuried(kmp),
    same: isSameList(current, wanted),
  });
  const annotations = planAnnotations(kmp, { ...context, keys, reverts, bury, kind });
  const isNeeded = kind !== 'annotate' || Object.keys(annotations).length > 0;
  const write: KmpWrite = {
    kind,
    keys,
    annotations,
    ...(kind === 'list' && buried !== undefined ? { restore: buried } : {}),
    added: wanted.filter((name) => !current.includes(name)),
    removed: current.filter((name) => !wanted.includes(name)),
  };
  const sync = stopped && trusted.length > keys.length ? fought(kmp) : syncOf(kmp, write);
  return isNeeded ? { sync, write } : { sync };
}

function planAnnotations(
  kmp: Kmp,
  next: PatchContext & {
    readonly keys: readonly Required<KmpKey>[];
    readonly reverts: number;
    readonly bury: boolean;
    readonly kind: KmpWrite['kind'];
  },
): KmpWrite['annotations'] {
  const { mode, original } = readManagedState(kmp);
  // Written once, when the provider is buried, and not again in another spelling.
  const tombstone =
    next.buried === undefined ? JSON.stringify(withoutInline(kmp.parameters)) : undefined;
  return changedAnnotations(kmp, {
    [MANAGE]: mode === 'patch' ? undefined : 'patch',
    [FETCHED_BEFORE]:
      next.kind === 'annotate' || next.now === undefined ? undefined : fetchedBefore(kmp, next.now),
    [ORIGINAL_KEYS]:
      original === undefined ? JSON.stringify(kmp.parameters['keys'] ?? []) : undefined,
    [WRITTEN_KEYS]: JSON.stringify(next.keys),
    [HELD_OUT]: jsonOrNull([...findHeldOut(kmp, next)].toSorted()),
    [REVERTS]: next.reverts === 0 ? null : String(next.reverts),
    [TOMBSTONE_OF]: next.bury ? tombstone : null,
    // The key itself is made when this is written, and noted then.
    [TOMBSTONE_KEY]: next.bury ? undefined : null,
  });
}

/** `kubectl apply` of the old file over a tombstone leaves the tombstone's own parameters among the old ones. */
function withoutInline(
  parameters: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { value: _value, contentType: _contentType, ...rest } = parameters;
  return rest;
}

/** After too many reverts. Where nothing of the list is trusted any more, the trusted versions beat a tombstone: it adds no less. */
function withoutAdditions(
  kmp: Kmp,
  trusted: readonly Required<KmpKey>[],
): readonly Required<KmpKey>[] {
  const current = new Set(kmp.keys.map(itemName));
  const kept = trusted.filter((item) => current.has(itemName(item)));
  return kept.length > 0 ? kept : trusted;
}

/**
 * A provider that lists certificates too must not become a tombstone, which would take them away from images signed by Notation. Beside
 * certificates, and only there, every Ratify accepts an empty list of keys (ratify.md 3.1).
 */
function hasCertificates(parameters: Readonly<Record<string, unknown>>): boolean {
  const { certificates } = parameters as { readonly certificates?: unknown };
  return Array.isArray(certificates) && certificates.length > 0;
}

function writeKind(facts: {
  readonly bury: boolean;
  readonly isBuried: boolean;
  readonly isIntact: boolean;
  readonly same: boolean;
}): KmpWrite['kind'] {
  if (facts.bury) return facts.isBuried && facts.isIntact ? 'annotate' : 'tombstone';
  return facts.isBuried || !facts.same ? 'list' : 'annotate';
}

function changedAnnotations(
  kmp: Kmp,
  wanted: Readonly<Record<string, string | null | undefined>>,
): Readonly<Record<string, string | null>> {
  const entries = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && (kmp.annotations[name] ?? null) !== value,
  );
  return Object.fromEntries(entries) as Record<string, string | null>;
}

function jsonOrNull(list: readonly string[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}
