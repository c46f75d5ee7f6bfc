import type { DenyCode, UnavailableCode } from './reasons.ts';

/** The key version that vouched. */
export interface Voucher {
  readonly fingerprint: string;
  readonly keySet: string;
  readonly vaultUri: string;
  readonly name: string;
  readonly version: string;
}

export type Verdict =
  | {
      readonly kind: 'allow';
      readonly vouchedBy: readonly Voucher[];
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'deny';
      readonly code: DenyCode;
      /** One line what and why. */
      readonly message: string;
      /** One line what to do. */
      readonly remedy: string;
      /** True when a good signature by a known, untrusted version is all that stands in the way: answered at once. */
      readonly restsOnKeyState: boolean;
      /** The known version whose signature was good, when there is one. */
      readonly signedBy?: Voucher;
    }
  | {
      readonly kind: 'unavailable';
      readonly code: UnavailableCode;
      readonly message: string;
      readonly remedy: string;
    };
