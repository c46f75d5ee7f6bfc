import type { Clock } from '../lifecycle/clock.ts';
import {
  createTokenBucket,
  type BucketLimits,
  type TokenBucket,
} from '../lifecycle/token-bucket.ts';

export interface AddressLimits {
  readonly overall: BucketLimits;
  /** So that one who knocks without end leaves room for the others. */
  readonly perAddress: BucketLimits;
}

/** Seconds to wait; 0: the request may go on. */
export type AddressLimit = (address: string) => number;

/** Addresses that are remembered. The one seen longest ago is forgotten first; the overall limit holds for those that change theirs. */
const ADDRESSES = 1024;

/** How often requests may come, before anything of them is looked at. */
export function createAddressLimit(limits: AddressLimits, clock: Clock): AddressLimit {
  const overall = createTokenBucket(limits.overall);
  const known = new Map<string, TokenBucket>();

  const bucketOf = (address: string): TokenBucket => {
    const bucket = known.get(address) ?? createTokenBucket(limits.perAddress);
    known.delete(address);
    known.set(address, bucket);
    const [oldest] = known.keys();
    if (known.size > ADDRESSES && oldest !== undefined) known.delete(oldest);
    return bucket;
  };
  return (address) => {
    const now = clock.now();
    for (const bucket of [bucketOf(address), overall]) {
      const { kind, milliseconds } = bucket.take(now, 0);
      if (kind === 'too-long') return Math.max(1, Math.ceil(milliseconds / 1000));
    }
    return 0;
  };
}
