import type { TrustView } from '../keys/trust-view.ts';
import type { Policy } from '../policy/policy.ts';
import type { Evidence } from './evidence.ts';
import type { Verifies } from './try-policy.ts';

export interface DecideInput {
  /** The image as the user wrote it, for messages only: `evidence` says what was looked at. */
  readonly image: string;
  readonly evidence: Evidence;
  /** The policies that match the image: `matchPolicies`. Every one must be satisfied. */
  readonly policies: readonly Policy[];
  readonly trust: TrustView;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly verifies: Verifies;
}
