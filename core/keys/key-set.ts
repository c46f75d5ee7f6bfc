import type { KeyVersionStatus } from './key-version.ts';

export interface ProviderRef {
  readonly kind: 'KeyManagementProvider' | 'NamespacedKeyManagementProvider';
  readonly name: string;
}

export interface KeySetSpec {
  /** `azurekms://host/name`, cosign's own syntax. Either this or `providerRef`. */
  readonly keys?: readonly string[];
  readonly providerRef?: ProviderRef;
  readonly images?: readonly string[];
  readonly versions: {
    readonly baseline?: readonly string[];
    readonly follow: boolean;
    readonly exclude: readonly string[];
    readonly limit: number;
  };
  readonly expiredKeys: 'Trust' | 'Deny' | 'AllowTimestamped';
  readonly sweepIntervalSeconds: number;
  readonly staleAfterSeconds: number;
  readonly onStale: 'Deny' | 'KeepTrust';
  /** A provider that keyward generates from this set and owns. */
  readonly publish?: ProviderRef;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/**
 * The Ratify provider that the worker writes for a KeySet. It is what tells a provider that was deleted and made again (its annotations
 * went with it) from one that a person released.
 */
export interface WrittenProvider extends ProviderRef {
  readonly mode: 'patch' | 'generate' | 'publish';
  /** Of the object that carries the opt-in, as it was when keyward had written to it. */
  readonly uid: string;
}

export interface KeySetStatus {
  readonly observedGeneration?: number;
  readonly lastReconciledTime?: string;
  readonly lastChangeTime?: string;
  readonly effectiveSweepInterval?: string;
  readonly trusted: number;
  readonly versions: readonly KeyVersionStatus[];
  readonly conditions: readonly Condition[];
  readonly provider?: WrittenProvider;
}

/** A KeySet as the edge parsed it: defaults filled in, every field checked. */
export interface KeySet {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly spec: KeySetSpec;
  readonly status: KeySetStatus;
}

/** `KeyRevocation`: exactly one of `key` (a full version) and `fingerprint`. */
export interface KeyRevocation {
  readonly name: string;
  readonly resourceVersion: string;
  readonly key?: { readonly vaultUri: string; readonly name: string; readonly version: string };
  readonly fingerprint?: string;
  readonly reason: string;
}
