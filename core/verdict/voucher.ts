import type { TrustedKey } from '../keys/trust-view.ts';
import type { Voucher } from './verdict.ts';

/** The key version as verdicts name it. */
export function voucherOf({ fingerprint, keySet, vaultUri, name, version }: TrustedKey): Voucher {
  return { fingerprint, keySet, vaultUri, name, version };
}
