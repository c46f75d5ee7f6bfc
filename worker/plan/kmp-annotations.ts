import { createHash } from 'node:crypto';
import { z } from 'zod';
import { KEY_NAME, KEY_VERSION, VAULT_URI } from '../../platform/kube/vault-names.ts';
import type { Kmp, KmpKey } from '../../platform/kube/schemas.ts';

/** The opt-in: `patch` or `generate`; written by people. */
export const MANAGE = 'keyward.dev/manage';
/** `spec.parameters.keys` as the person wrote it, kept for the record and never restored. */
export const ORIGINAL_KEYS = 'keyward.dev/original-keys';
/** What keyward wrote last: how it tells its own list from a foreign edit. */
export const WRITTEN_KEYS = 'keyward.dev/written-keys';
/** Versions that a person took out of a managed list; removing one here lets it in again. */
export const HELD_OUT = 'keyward.dev/held-out';
/** How often something put the original list back. */
export const REVERTS = 'keyward.dev/foreign-reverts';
/** When Ratify had fetched last before keyward wrote: a status with another time is of what was written. */
export const FETCHED_BEFORE = 'keyward.dev/fetched-before';
/** On a provider that keyward generates: the KeySet that it is made from, `namespace/name`. */
export const GENERATED_FOR = 'keyward.dev/generated-for';
/** The parameters to return to, on a provider that was made inline because no version is trusted. */
export const TOMBSTONE_OF = 'keyward.dev/tombstone-of';

/** Of the key in a tombstone: a key that somebody put there in its place is not one that nobody can sign with. */
export const TOMBSTONE_KEY = 'keyward.dev/tombstone-key';

const ITEM = z.object({
  name: KEY_NAME,
  version: z.preprocess((value) => value ?? undefined, KEY_VERSION.optional()),
});
const LIST = z.array(ITEM).max(1000);
const PARAMETERS = z.object({ vaultURI: VAULT_URI, keys: LIST.nullish() }).catchall(z.unknown());

export interface Tombstone {
  readonly vaultUri: string;
  readonly keys: readonly KmpKey[];
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** keyward's own memory about a provider, kept on the provider so that no replica knows more than another. */
export interface ManagedState {
  readonly mode: 'none' | 'patch' | 'generate' | 'unknown';
  readonly original: readonly KmpKey[] | undefined;
  readonly written: readonly KmpKey[] | undefined;
  readonly heldOut: ReadonlySet<string>;
  readonly reverts: number;
}

/** `name/version`. */
export function itemName(item: KmpKey): string {
  return `${item.name}/${item.version ?? ''}`;
}

/** Annotations are anybody's who may edit the provider: what cannot be read counts as never written. */
export function readManagedState({ annotations }: Pick<Kmp, 'annotations'>): ManagedState {
  const heldOut = parse(z.array(z.string()).max(1000), annotations[HELD_OUT]) ?? [];
  return {
    mode: modeOf(annotations[MANAGE]),
    original: readList(annotations[ORIGINAL_KEYS]),
    written: readList(annotations[WRITTEN_KEYS]),
    heldOut: new Set(heldOut),
    reverts: parse(z.number().int().min(0), annotations[REVERTS]) ?? 0,
  };
}

/** The source that a provider made inline by keyward stands for; `unreadable` when only its annotation says that it is one. */
export function readTombstone(kmp: Kmp): Tombstone | 'unreadable' | undefined {
  const text = kmp.annotations[TOMBSTONE_OF];
  if (kmp.type !== 'inline' || text === undefined) return undefined;
  const parameters = parse(PARAMETERS, text);
  if (parameters === undefined) return 'unreadable';
  const keys = (parameters.keys ?? []).map(toKey);
  return { vaultUri: parameters.vaultURI, keys, parameters };
}

/** Whether the provider holds the very key that keyward buried it with. */
export function isBuried({ type, inlineValue, annotations }: Kmp): boolean {
  if (type !== 'inline' || inlineValue === undefined) return false;
  return annotations[TOMBSTONE_KEY] === markOfKey(inlineValue);
}

/** What is noted of a tombstone's key. */
export function markOfKey(pem: string): string {
  return createHash('sha256').update(pem).digest('hex');
}

function modeOf(word: string | undefined): ManagedState['mode'] {
  if (word === undefined || word === '' || word === 'none') return 'none';
  return word === 'patch' || word === 'generate' ? word : 'unknown';
}

function readList(text: string | undefined): readonly KmpKey[] | undefined {
  return parse(LIST, text)?.map(toKey);
}

function toKey({ name, version }: z.output<typeof ITEM>): KmpKey {
  return version === undefined ? { name } : { name, version };
}

function parse<S extends z.ZodType>(schema: S, text: string | undefined): z.output<S> | undefined {
  if (text === undefined) return undefined;
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
