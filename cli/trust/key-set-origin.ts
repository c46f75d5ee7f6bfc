import type { KeySet } from '../../core/keys/key-set.ts';
import { keySetNameOf } from '../../core/keys/build-trust-view.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import type { FileKey } from '../keys/key-source.ts';
import {
  adoptProvider,
  fillKeySet,
  fillWithFile,
  type FilledKeySet,
  type FillOptions,
} from './fill-key-set.ts';

/** What a key set is filled from. */
export type KeySetOrigin =
  /** A KeySet that a person wrote, with the provider that it follows, if any. */
  | { readonly kind: 'written'; readonly keySet: KeySet; readonly kmp?: Kmp }
  /** As the worker would write one for a provider. */
  | { readonly kind: 'adopted'; readonly keySet: KeySet; readonly kmp: Kmp }
  /** A key in a vault, named on the command line. */
  | { readonly kind: 'key'; readonly keySet: KeySet }
  /** A key file, named on the command line or by a trust policy. */
  | { readonly kind: 'file'; readonly keySet: KeySet; readonly file: FileKey };

export function fillOrigin(origin: KeySetOrigin, options: FillOptions): Promise<FilledKeySet> {
  switch (origin.kind) {
    case 'written':
      return fillKeySet(origin.keySet, origin.kmp, options);
    case 'adopted':
      return adoptProvider(origin.keySet, origin.kmp, options);
    case 'key':
      return fillKeySet(origin.keySet, undefined, options);
    case 'file':
      return Promise.resolve(fillWithFile(origin.keySet, origin.file));
  }
}

/** The vaults that are read for it. */
export function vaultsOf(origin: KeySetOrigin): readonly string[] {
  if (origin.kind === 'file') return [];
  const own = (origin.keySet.spec.keys ?? []).map((text) => `https://${new URL(text).host}`);
  const { vaultUri } = (origin.kind === 'key' ? undefined : origin.kmp) ?? {};
  return vaultUri === undefined ? own : [...own, vaultUri];
}

export function nameOfOrigin({ keySet }: KeySetOrigin): string {
  return keySetNameOf(keySet);
}

/** How messages name what a key set stands for. */
export function describeOrigin(origin: KeySetOrigin): string {
  switch (origin.kind) {
    case 'written':
      return `KeySet ${keySetNameOf(origin.keySet)}`;
    case 'adopted':
      return `${origin.kmp.kind} ${origin.kmp.name}`;
    case 'key':
      return origin.keySet.spec.keys?.[0] ?? '';
    case 'file':
      return origin.file.path;
  }
}
