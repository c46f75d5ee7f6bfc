import type { VaultErrorCode } from '../../platform/vault/vault-error.ts';
import type { ReasonCode } from '../../core/verdict/reasons.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import type { CandidateReport } from './describe-candidates.ts';
import { reportKey, showKey, type KeyReport } from './key-report.ts';

/** A verdict, or that a vault could not be read on which it rests: only the command line reads vaults when it judges. */
export type Finding =
  | Verdict
  | {
      readonly kind: 'unavailable';
      readonly code: VaultErrorCode | ReasonCode;
      readonly message: string;
      readonly remedy: string;
    };

/** What `-o json` says of one image. */
export interface ImageReport {
  /** As it was given. */
  readonly image: string;
  /** What was judged; null where it never came to that. */
  readonly digest: string | null;
  readonly verdict: 'allow' | 'deny' | 'unavailable';
  /** The code, of docs/errors.md; null: allowed. */
  readonly reason: string | null;
  readonly message: string;
  readonly remedy: string | null;
  readonly warnings: readonly string[];
  /** The key that vouched; of several policies' keys the first. */
  readonly vouchedBy: KeyReport | null;
  readonly candidates: readonly CandidateReport[];
}

export function reportImage(
  image: string,
  finding: Finding,
  found: { readonly digest: string; readonly candidates: readonly CandidateReport[] } | undefined,
): ImageReport {
  const { digest, candidates } = found ?? { digest: null, candidates: [] };
  switch (finding.kind) {
    case 'allow': {
      const [voucher] = finding.vouchedBy;
      if (voucher === undefined) throw new Error('an allow without anybody who vouches');
      return {
        image,
        digest,
        verdict: 'allow',
        reason: null,
        message: `signed by ${finding.vouchedBy.map(showKey).join(' and ')}`,
        remedy: null,
        warnings: finding.warnings,
        vouchedBy: reportKey(voucher),
        candidates,
      };
    }
    case 'deny':
    case 'unavailable':
      return {
        image,
        digest,
        verdict: finding.kind,
        reason: finding.code,
        message: finding.message,
        remedy: finding.remedy,
        warnings: [],
        vouchedBy: null,
        candidates,
      };
  }
}

/** 0: all allowed; 1: one denied; 3: none denied, and of one it could not be found out. */
export function exitCodeOf(reports: readonly Pick<ImageReport, 'verdict'>[]): number {
  if (reports.some(({ verdict }) => verdict === 'deny')) return 1;
  return reports.every(({ verdict }) => verdict === 'allow') ? 0 : 3;
}
