import type { KeySet } from '../../core/keys/key-set.ts';
import type { FindRevocation } from '../../core/keys/revocation.ts';
import type { ParseResult } from '../../platform/kube/parse-result.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import type { ProviderSource } from '../observe/provider-source.ts';
import type { KeyReading } from '../observe/vault-reading.ts';
import type { OutputPlace } from './provider-mode.ts';
import type { ReadPem } from './version-facts.ts';

/** All that a plan is made of: API objects as read first, the vault as read second. */
export interface Observation {
  readonly keySet: KeySet;
  /** Only with `spec.providerRef`. */
  readonly provider?: ProviderSource;
  /** The provider itself, where it could be parsed. */
  readonly kmp?: Kmp;
  /** What is where a provider is to be generated; undefined: none is. */
  readonly target?: {
    readonly place: OutputPlace;
    readonly found: ParseResult<Kmp> | 'missing';
  };
  /** Why this KeySet does not write to the provider, whatever its annotation asks for; absent: it does. */
  readonly writtenElsewhere?: string;
  readonly readings: readonly KeyReading[];
  readonly findRevocation: FindRevocation;
  readonly readPem: ReadPem;
  readonly effectiveSweepSeconds: number;
  /** See `holdTrust`; 50 when absent. */
  readonly holdAbovePercent?: number;
  /** When this process last read all keys of the set without a problem, in milliseconds since the epoch. */
  readonly lastFullReadAt?: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}
