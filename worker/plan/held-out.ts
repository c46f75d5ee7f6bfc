import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import { itemName, readManagedState } from './kmp-annotations.ts';
import { isSameList } from './provider-items.ts';
import { isRecreated, type ProviderMemory } from './provider-mode.ts';

/** What a plan for a provider knows from elsewhere; absent in `keyward diff`, which asks what an opt-in would write. */
export interface KmpContext {
  readonly memory?: ProviderMemory;
  /** The entries of the KeySet's status. */
  readonly known?: readonly KeyVersionStatus[];
  /** Milliseconds since the epoch. */
  readonly now?: number;
}

/**
 * Versions held out: remembered ones, and those that keyward wrote and that are gone from the list. A list that is exactly the
 * person's original one is a revert by something that applies files (GitOps), not a decision about single versions.
 */
export function findHeldOut(
  kmp: Kmp | undefined,
  { memory, known = [] }: KmpContext = {},
): ReadonlySet<string> {
  if (kmp === undefined) return new Set(heldOutOf(known));
  const state = readManagedState(kmp);
  // Whatever becomes of the opt-in, and of the object with its annotations: what a person took out comes back by a person alone.
  const heldOut = isRecreated(kmp, memory)
    ? new Set([...state.heldOut, ...heldOutOf(known)])
    : state.heldOut;
  if (kmp.vaultUri === undefined || isRevert(kmp)) return heldOut;
  const current = new Set(kmp.keys.map(itemName));
  const takenOut = (state.written ?? []).map(itemName).filter((name) => !current.has(name));
  return new Set([...heldOut, ...takenOut]);
}

function heldOutOf(known: readonly KeyVersionStatus[]): readonly string[] {
  return known
    .filter(({ state }) => state === 'heldOut')
    .map(({ name, version }) => `${name}/${version}`);
}

/** Whether something put the person's original list back in place of what keyward wrote. */
export function isRevert(kmp: Kmp): boolean {
  const { original, written } = readManagedState(kmp);
  if (original === undefined || written === undefined || kmp.vaultUri === undefined) return false;
  const current = kmp.keys.map(itemName);
  return isSameList(current, original.map(itemName)) && !isSameList(current, written.map(itemName));
}
