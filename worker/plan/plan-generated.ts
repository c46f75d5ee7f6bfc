import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { ParseResult } from '../../platform/kube/parse-result.ts';
import type { Kmp, KmpKey } from '../../platform/kube/schemas.ts';
import { fetchedBefore } from './confirmation.ts';
import {
  FETCHED_BEFORE,
  GENERATED_FOR,
  isBuried,
  itemName,
  readTombstone,
  TOMBSTONE_KEY,
  TOMBSTONE_OF,
} from './kmp-annotations.ts';
import { desiredItems } from './provider-items.ts';
import { outOfSync, syncOf, type ProviderSync } from './provider-sync.ts';
import type { OutputPlace } from './provider-mode.ts';

/** A provider as keyward wants it. `null` removes an annotation or a field. */
export interface GeneratedWrite {
  readonly kind: 'list' | 'tombstone' | 'annotate';
  readonly place: OutputPlace;
  /** What is there; undefined: it is to be created. */
  readonly existing: Kmp | undefined;
  readonly keys: readonly Required<KmpKey>[];
  /** All parameters of a `list` but its keys. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly refreshInterval: string | undefined;
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Something of that name is there that keyward did not make. */
export const NAME_TAKEN = 'NameTaken';

export interface GeneratedPlan {
  readonly sync: ProviderSync;
  readonly write?: GeneratedWrite;
}

export interface GeneratedFacts {
  readonly place: OutputPlace;
  /** What is at that place. */
  readonly found: ParseResult<Kmp> | 'missing';
  /** The person's provider; undefined: it is not there, or cannot be read. */
  readonly source: Kmp | undefined;
  /** `namespace/name` of the KeySet. */
  readonly owner: string;
  readonly versions: readonly KeyVersionStatus[];
  readonly now: number;
}

/**
 * The provider that keyward owns: what the person's says, with the trusted versions as its keys. Whatever else somebody writes there is
 * written over. One of that name that keyward did not make is left alone.
 */
export function planGenerated(facts: GeneratedFacts): GeneratedPlan {
  const { place, found, owner, source } = facts;
  if (found !== 'missing' && !found.ok)
    return refused('ProviderInvalid', `${place.name} cannot be read: ${found.problems.join('; ')}`);
  const existing = found === 'missing' ? undefined : found.value;
  const maker = existing?.annotations[GENERATED_FOR];
  if (existing !== undefined && maker !== owner)
    return refused(
      NAME_TAKEN,
      `${place.name} exists and keyward did not make it for this KeySet; delete it, and keyward makes its own`,
    );
  const parameters = parametersOf(source) ?? parametersOf(existing);
  if (parameters === undefined)
    return refused(
      'NoParameters',
      'a generated provider takes vaultURI, tenantID and clientID from the provider in spec.providerRef, and there is none of type azurekeyvault',
    );
  return planWrite({ ...facts, existing, parameters });
}

interface WriteFacts extends GeneratedFacts {
  readonly existing: Kmp | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
}

function planWrite(facts: WriteFacts): GeneratedPlan {
  const { existing, source, parameters, place, versions } = facts;
  const keys = desiredItems(source ?? existing, versions);
  const { refreshInterval } = source ?? existing ?? {};
  const isSame = isAsWanted(existing, { ...parameters, keys }, refreshInterval);
  const kind = isSame ? 'annotate' : keys.length === 0 ? 'tombstone' : 'list';
  const annotations = planAnnotations(facts, { bury: keys.length === 0, isSame });
  const current = existing?.keys.map(itemName) ?? [];
  const wanted = keys.map(itemName);
  const added = wanted.filter((name) => !current.includes(name));
  const removed = current.filter((name) => !wanted.includes(name));
  const what = { kind, keys, added, removed } as const;
  const sync =
    existing === undefined
      ? outOfSync('Writing', `to be made: ${place.name}`)
      : syncOf(existing, what);
  if (isSame && Object.keys(annotations).length === 0) return { sync };
  return { sync, write: { ...what, place, existing, parameters, refreshInterval, annotations } };
}

function planAnnotations(
  { existing, owner, parameters, now }: WriteFacts,
  { bury, isSame }: { readonly bury: boolean; readonly isSame: boolean },
): Readonly<Record<string, string | null>> {
  const fetched = isSame || existing === undefined ? undefined : fetchedBefore(existing, now);
  const wanted = {
    [GENERATED_FOR]: owner,
    // To return from, should the person's own provider be gone by then. Nothing of it is trusted.
    [TOMBSTONE_OF]: bury ? JSON.stringify({ ...parameters, keys: [] }) : null,
    ...(bury ? {} : { [TOMBSTONE_KEY]: null }),
    ...(fetched === undefined ? {} : { [FETCHED_BEFORE]: fetched }),
  };
  return Object.fromEntries(
    Object.entries(wanted).filter(
      ([name, value]) => (existing?.annotations[name] ?? null) !== value,
    ),
  );
}

/** What a vault's provider says beside its keys. Certificates stay with the person's own: keyward vouches for none. */
function parametersOf(kmp: Kmp | undefined): Readonly<Record<string, unknown>> | undefined {
  if (kmp === undefined) return undefined;
  const buried = readTombstone(kmp);
  const all = buried === undefined || buried === 'unreadable' ? kmp.parameters : buried.parameters;
  const isOfVault = kmp.vaultUri !== undefined || (buried !== undefined && buried !== 'unreadable');
  if (!isOfVault) return undefined;
  const {
    keys: _keys,
    certificates: _certificates,
    value: _value,
    contentType: _type,
    ...rest
  } = all;
  return rest;
}

function isAsWanted(
  existing: Kmp | undefined,
  wanted: Readonly<Record<string, unknown>> & { readonly keys: readonly unknown[] },
  refreshInterval: string | undefined,
): boolean {
  if (existing === undefined) return false;
  if (wanted.keys.length === 0) return isBuried(existing);
  return (
    existing.type === 'azurekeyvault' &&
    existing.refreshInterval === refreshInterval &&
    canonical(existing.parameters) === canonical(wanted)
  );
}

/** The order of fields means nothing. */
function canonical(parameters: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(parameters, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function refused(reason: string, message: string): GeneratedPlan {
  return { sync: outOfSync(reason, message) };
}
