import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { Kmp, KmpKey } from '../../platform/kube/schemas.ts';
import {
  HELD_OUT,
  ORIGINAL_KEYS,
  REVERTS,
  TOMBSTONE_OF,
  WRITTEN_KEYS,
  itemName,
  readManagedState,
  readTombstone,
} from './kmp-annotations.ts';

const REVERT_LIMIT = 3;

export interface ProviderSync {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

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

/**
 * Versions held out: remembered ones, and those that keyward wrote and that are gone from the list. A list that is exactly the
 * person's original one is a revert by something that applies files (GitOps), not a decision about single versions.
 */
export function findHeldOut(kmp: Kmp | undefined): ReadonlySet<string> {
  if (kmp === undefined) return new Set();
  const state = readManagedState(kmp);
  if (state.mode !== 'patch') return new Set();
  if (kmp.vaultUri === undefined || isRevert(kmp)) return state.heldOut;
  const current = new Set(kmp.keys.map(itemName));
  const takenOut = (state.written ?? []).map(itemName).filter((name) => !current.has(name));
  return new Set([...state.heldOut, ...takenOut]);
}

/** What `keyward.dev/manage` asks to be written for these versions. Pure; `planKmp` of its own result writes nothing. */
export function planKmp(kmp: Kmp, versions: readonly KeyVersionStatus[]): KmpPlan {
  const { mode } = readManagedState(kmp);
  if (mode === 'none') return { sync: notManaged('keyward.dev/manage is not set: read only') };
  if (mode !== 'patch')
    return { sync: outOfSync('ModeUnsupported', 'keyward.dev/manage takes only patch here') };
  const tombstone = readTombstone(kmp);
  if (tombstone === 'unreadable')
    return { sync: outOfSync('AnnotationUnreadable', `${TOMBSTONE_OF} cannot be read`) };
  if (kmp.vaultUri === undefined && tombstone === undefined)
    return { sync: notManaged(`a provider of type '${kmp.type}' holds no vault keys`) };
  return planPatch(kmp, desiredItems(kmp, versions), tombstone?.parameters);
}

function planPatch(
  kmp: Kmp,
  trusted: readonly Required<KmpKey>[],
  buried: Readonly<Record<string, unknown>> | undefined,
): KmpPlan {
  const reverts = readManagedState(kmp).reverts + (isRevert(kmp) ? 1 : 0);
  const stopped = reverts >= REVERT_LIMIT && buried === undefined;
  const keys = stopped ? withoutAdditions(kmp, trusted) : trusted;
  const current = kmp.keys.map(itemName);
  const wanted = keys.map(itemName);
  const bury = keys.length === 0 && !hasCertificates(buried ?? kmp.parameters);
  const annotations = planAnnotations(kmp, { keys, reverts, bury, buried });
  const kind = writeKind({
    bury,
    isBuried: buried !== undefined,
    same: isSameList(current, wanted),
  });
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
  next: {
    readonly keys: readonly Required<KmpKey>[];
    readonly reverts: number;
    readonly bury: boolean;
    readonly buried: Readonly<Record<string, unknown>> | undefined;
  },
): KmpWrite['annotations'] {
  const { original } = readManagedState(kmp);
  // Written once, when the provider is buried, and not again in another spelling.
  const tombstone = next.buried === undefined ? JSON.stringify(kmp.parameters) : undefined;
  return changedAnnotations(kmp, {
    [ORIGINAL_KEYS]:
      original === undefined ? JSON.stringify(kmp.parameters['keys'] ?? []) : undefined,
    [WRITTEN_KEYS]: JSON.stringify(next.keys),
    [HELD_OUT]: jsonOrNull([...findHeldOut(kmp)].toSorted()),
    [REVERTS]: next.reverts === 0 ? null : String(next.reverts),
    [TOMBSTONE_OF]: next.bury ? tombstone : null,
  });
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
  readonly same: boolean;
}): KmpWrite['kind'] {
  if (facts.bury) return facts.isBuried ? 'annotate' : 'tombstone';
  return facts.isBuried || !facts.same ? 'list' : 'annotate';
}

/** By key as the list names them, then oldest first: the same versions always give the same bytes. */
function desiredItems(
  kmp: Kmp,
  versions: readonly KeyVersionStatus[],
): readonly Required<KmpKey>[] {
  const { original = [] } = readManagedState(kmp);
  const names = [...new Set([...original, ...kmp.keys].map(({ name }) => name))];
  return versions
    .filter(({ state, vaultUri }) => state === 'trusted' && vaultUri !== '')
    .toSorted(
      (first, second) =>
        rank(names, first.name) - rank(names, second.name) ||
        compare(first.name, second.name) ||
        compare(first.createdOn ?? '', second.createdOn ?? '') ||
        compare(first.version, second.version),
    )
    .map(({ name, version }) => ({ name, version }));
}

function rank(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  return index === -1 ? names.length : index;
}

function compare(first: string, second: string): number {
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

function isRevert(kmp: Kmp): boolean {
  const { original, written } = readManagedState(kmp);
  if (original === undefined || written === undefined || kmp.vaultUri === undefined) return false;
  const current = kmp.keys.map(itemName);
  return isSameList(current, original.map(itemName)) && !isSameList(current, written.map(itemName));
}

/** The order means nothing to Ratify and each write makes it fetch again; a repeated item is worth one. */
function isSameList(first: readonly string[], second: readonly string[]): boolean {
  return compare(first.toSorted().join(' '), second.toSorted().join(' ')) === 0;
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

function notManaged(message: string): ProviderSync {
  return { status: 'Unknown', reason: 'NotManaged', message };
}

function outOfSync(reason: string, message: string): ProviderSync {
  return { status: 'False', reason, message };
}

function fought(kmp: Kmp): ProviderSync {
  const who = kmp.lastForeignManager ?? 'another field manager';
  return outOfSync(
    'ForeignReverts',
    `${who} put the original list back ${REVERT_LIMIT} times; versions are only removed now. ` +
      `Let it ignore spec.parameters.keys, then remove the annotation ${REVERTS}`,
  );
}

function syncOf(kmp: Kmp, { kind, keys, added, removed }: KmpWrite): ProviderSync {
  // Said before it is written: whoever finds this standing knows that the write does not succeed.
  if (kind === 'list') {
    const what = [...added.map((name) => `+${name}`), ...removed.map((name) => `-${name}`)];
    return outOfSync('Writing', `to be written: ${what.slice(0, 20).join(' ') || 'a clean list'}`);
  }
  if (kind === 'tombstone')
    return outOfSync(
      'Writing',
      'to be written: no trusted version, a key that nobody can sign with',
    );
  if (kmp.status.isSuccess === false)
    return outOfSync(
      'ProviderReportsError',
      `the provider says: ${(kmp.status.error ?? 'no reason given').slice(0, 500)}`,
    );
  const count = keys.length;
  const message =
    count === 0
      ? 'no trusted version: the provider holds a key that nobody can sign with'
      : `the provider lists ${count} trusted version${count === 1 ? '' : 's'}`;
  return { status: 'True', reason: count === 0 ? 'Tombstone' : 'InSync', message };
}
