import type { RegistryStandIn } from '../../../../sandbox/registry/registry.ts';
import type { KeyAlgorithm } from '../../../../core/keys/key-version.ts';
import type { CosignVersion } from '../cosign.ts';
import { openStall, type Stall, type Target } from './offer.ts';

export type CosignAnswer = 'accepts' | 'refuses';

/** One offer to both verifiers, what each makes of it, and why where they differ. */
export interface AttackRow {
  /** Ids of the catalogue of attacks (cosign.md section 13) or of good cases (section 14). */
  readonly ids: string;
  readonly what: string;
  /** By which cosign is told where to look; `referrer`: the legacy payload as OCI 1.1 referrer. */
  readonly format: 'legacy' | 'referrer' | 'bundle';
  /** Of the key that is trusted: `signerOf` of that kind. */
  readonly key: KeyAlgorithm;
  readonly hash: 'auto' | 'sha256';
  /** `name=value` that is asked for. */
  readonly annotation?: string;
  /** cosign's `--signature-digest-algorithm`; absent: its own choice, which is SHA-256. */
  readonly digestFlag?: 'sha384' | 'sha512';
  /** `allow`, or `deny` or `unavailable` with the code. */
  readonly keyward: string;
  readonly cosign: Readonly<Record<CosignVersion, CosignAnswer>>;
  /** Stands exactly where they differ. */
  readonly why?: string;
  /** Puts it into the registry, and says which image is to be judged. */
  readonly serve: (registry: RegistryStandIn) => Target;
}

export interface RowOptions extends Partial<
  Pick<AttackRow, 'key' | 'hash' | 'annotation' | 'digestFlag' | 'why'>
> {
  readonly ids: string;
  readonly keyward: string;
  /** Both versions, or v2.6.1 and v3.1.3; absent: as keyward. */
  readonly cosign?: CosignAnswer | readonly [CosignAnswer, CosignAnswer];
}

export function row(
  format: AttackRow['format'],
  what: string,
  { cosign, ...options }: RowOptions,
  offer: (stall: Stall) => Target | void,
): AttackRow {
  const answer = cosign ?? (options.keyward === 'allow' ? 'accepts' : 'refuses');
  const [v2, v3] = typeof answer === 'string' ? [answer, answer] : answer;
  return {
    key: 'P-256',
    hash: 'auto',
    ...options,
    what,
    format,
    cosign: { 'v2.6.1': v2, 'v3.1.3': v3 },
    serve: (registry) => {
      const stall = openStall(registry);
      return offer(stall) ?? stall.image;
    },
  };
}

/** Whether keyward and this cosign say the same. */
export function agrees({ keyward, cosign }: AttackRow, version: CosignVersion): boolean {
  return (keyward === 'allow') === (cosign[version] === 'accepts');
}
