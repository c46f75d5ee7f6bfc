import type { KeySet, WrittenProvider } from '../../core/keys/key-set.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import { MANAGE, readManagedState, type ManagedState } from './kmp-annotations.ts';

/** What a provider's generated sibling is called. */
const SIBLING = '-keyward';

/** What keyward remembers of a provider in the KeySet's status. */
export type ProviderMemory = WrittenProvider | undefined;

/**
 * Whether this is another object than the one that keyward wrote: `helm upgrade` deletes a chart's providers and makes them again, and
 * what keyward had noted on them is gone.
 */
export function isRecreated(kmp: Kmp, memory: ProviderMemory): boolean {
  return memory !== undefined && memory.mode !== 'publish' && memory.uid !== kmp.uid;
}

/** What is asked for. One that was made again goes on as before until its annotation says otherwise. */
export function modeOf(kmp: Kmp, memory: ProviderMemory): ManagedState['mode'] {
  const { mode } = readManagedState(kmp);
  const isSaid = (kmp.annotations[MANAGE] ?? '') !== '';
  if (isSaid || memory === undefined || !isRecreated(kmp, memory)) return mode;
  return memory.mode === 'publish' ? 'none' : memory.mode;
}

/** Where the worker writes for a KeySet. */
export type ProviderOutput =
  { readonly kind: 'source' } | { readonly kind: 'generated'; readonly target: OutputPlace };

export interface OutputPlace {
  readonly kind: Kmp['kind'];
  readonly name: string;
  readonly namespace?: string;
  readonly mode: 'generate' | 'publish';
}

/** `kmp` is undefined where it cannot be read: then what was written before is written on. */
export function outputOf(keySet: KeySet, kmp: Kmp | undefined): ProviderOutput {
  const memory = keySet.status.provider;
  const mode = kmp === undefined ? modeRemembered(memory) : modeOf(kmp, memory);
  const { providerRef, publish } = keySet.spec;
  if (mode === 'generate' && providerRef !== undefined) {
    const { kind, name } = providerRef;
    return generated({ kind, name: `${name}${SIBLING}` }, 'generate', keySet);
  }
  if (mode === 'none' && publish !== undefined) return generated(publish, 'publish', keySet);
  return { kind: 'source' };
}

function modeRemembered(memory: ProviderMemory): ManagedState['mode'] {
  return memory === undefined || memory.mode === 'publish' ? 'none' : memory.mode;
}

function generated(
  { kind, name }: Pick<Kmp, 'kind' | 'name'>,
  mode: OutputPlace['mode'],
  { namespace }: KeySet,
): ProviderOutput {
  const place = kind === 'KeyManagementProvider' ? { kind, name } : { kind, name, namespace };
  return { kind: 'generated', target: { ...place, mode } };
}

/**
 * What the next status remembers. A new object counts as written only when it carries keyward's own note: a crash between status and
 * provider must not make it look like one that a person released.
 */
export function nextMemory(keySet: KeySet, kmp: Kmp | undefined): ProviderMemory {
  const memory = keySet.status.provider;
  const output = outputOf(keySet, kmp);
  if (output.kind === 'generated') {
    const { kind, name, mode } = output.target;
    const isNoted = kmp !== undefined && readManagedState(kmp).mode === 'generate';
    return { kind, name, mode, uid: isNoted ? kmp.uid : (memory?.uid ?? '') };
  }
  if (kmp === undefined) return memory;
  if (modeOf(kmp, memory) !== 'patch') return undefined;
  const { mode, written } = readManagedState(kmp);
  if (mode !== 'patch' || written === undefined) return memory;
  return { kind: kmp.kind, name: kmp.name, mode: 'patch', uid: kmp.uid };
}
