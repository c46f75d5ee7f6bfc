/** Random worlds for properties of verdicts: key sets, revocations, policies and candidates, with the truth about each kept beside. */
import fc from 'fast-check';
import type { KeyRevocation, KeySet } from '../../core/keys/key-set.ts';
import { KEY_STATES, type KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { Candidate } from '../../core/verdict/evidence.ts';
import { DENY_CODES, UNAVAILABLE_CODES } from '../../core/verdict/reasons.ts';
import {
  bundle,
  DIGEST,
  hintOf,
  legacy,
  OTHER_DIGEST,
  simpleSigning,
  statementOf,
} from './signatures.ts';
import { signerOf, type Signer } from './signing.ts';
import {
  daysFromNow,
  inlineVersionOf,
  keySetOf,
  policyOf,
  revocationOf,
  versionOf,
} from './trust.ts';

/** The last one is in no key set. */
export const SIGNERS: readonly Signer[] = [
  signerOf('P-256', 'one'),
  signerOf('P-256', 'two'),
  signerOf('RSA-2048', 'three'),
  signerOf('P-384', 'four'),
  signerOf('P-256', 'stranger'),
];
const known = fc.nat(SIGNERS.length - 2);

/** A candidate, and who signed exactly this image with it: undefined where nobody did. */
export interface MadeCandidate {
  readonly candidate: Candidate;
  readonly provenBy?: number;
}

export interface Entry {
  readonly signer: number;
  readonly place: 'vault' | 'other-vault' | 'inline';
  readonly state: KeyVersionStatus['state'];
  readonly notBefore?: number | undefined;
  readonly expiresOn?: number | undefined;
}

export interface MadeKeySet {
  readonly entries: readonly Entry[];
  readonly expiredKeys: KeySet['spec']['expiredKeys'];
  readonly onStale: KeySet['spec']['onStale'];
  readonly reconciledDaysAgo: number;
}

export interface MadePolicy {
  readonly refs: readonly { readonly keySet: number; readonly signer?: number | undefined }[];
  readonly unsupported: boolean;
}

export interface World {
  readonly keySets: readonly MadeKeySet[];
  readonly revocations: readonly {
    readonly signer: number;
    readonly by: 'fingerprint' | 'vault' | 'other-vault';
  }[];
  readonly policies: readonly MadePolicy[];
  readonly candidates: readonly MadeCandidate[];
}

/** Candidates are made once and drawn from: signing is what would take time. */
const pool: readonly MadeCandidate[] = SIGNERS.flatMap((signer, index) => {
  const stranger = SIGNERS.at(-1) ?? signer;
  const elsewhere = { digest: OTHER_DIGEST };
  const genuine = [
    legacy({ signer }),
    legacy({ signer, form: 'raw' }),
    bundle({ signer }),
    bundle({ signer, hint: hintOf(stranger) }),
    bundle({ signer, hint: null, store: 'fallback-tag' }),
  ];
  const forged = [
    // About another image: refused by the parser, or mixed in by a cache.
    legacy({ signer, payload: simpleSigning(OTHER_DIGEST) }),
    bundle({ signer, statement: statementOf(OTHER_DIGEST) }),
    legacy({ signer, ...elsewhere }),
    bundle({ signer, ...elsewhere }),
    // An attestation, a signature over other bytes, and one with another's name on it.
    bundle({
      signer,
      statement: statementOf(DIGEST, { predicateType: 'https://slsa.dev/provenance/v1' }),
    }),
    legacy({ signer, signature: Buffer.from('3006020101020101', 'hex') }),
    bundle({ signer, signedBytes: Buffer.from('other bytes') }),
    bundle({ signer: stranger, hint: hintOf(signer), signedBytes: Buffer.from(`${index}`) }),
  ];
  return [
    ...genuine.map((candidate) => ({ candidate, provenBy: index })),
    ...forged.map((candidate) => ({ candidate })),
  ];
});

const text = fc.string({ unit: 'binary', maxLength: 20 });
const store = fc.constantFrom(
  'referrers' as const,
  'fallback-tag' as const,
  'signature-tag' as const,
);
const rejected = fc.record({
  kind: fc.constant('rejected' as const),
  store,
  manifestDigest: text,
  code: fc.constantFrom(...DENY_CODES),
  detail: text,
});
const unread = fc.record({
  kind: fc.constant('unavailable' as const),
  store,
  code: fc.constantFrom(...UNAVAILABLE_CODES),
  detail: text,
});
const candidate: fc.Arbitrary<MadeCandidate> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...pool) },
  { weight: 2, arbitrary: rejected.map((candidate) => ({ candidate })) },
  { weight: 1, arbitrary: unread.map((candidate) => ({ candidate })) },
);

const days = fc.option(fc.constantFrom(-2, -1, 0, 1, 2), { nil: undefined, freq: 2 });
const entry: fc.Arbitrary<Entry> = fc.record({
  signer: known,
  place: fc.constantFrom('vault', 'vault', 'other-vault', 'inline'),
  state: fc.oneof(
    { weight: 3, arbitrary: fc.constant('trusted' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...KEY_STATES) },
  ),
  notBefore: days,
  expiresOn: days,
});
const keySet: fc.Arbitrary<MadeKeySet> = fc.record({
  // The worker writes a version once.
  entries: fc.uniqueArray(entry, {
    maxLength: 4,
    selector: ({ signer, place }) => `${signer} ${place}`,
  }),
  expiredKeys: fc.constantFrom('Trust', 'Deny', 'AllowTimestamped'),
  onStale: fc.constantFrom('Deny', 'Deny', 'KeepTrust'),
  reconciledDaysAgo: fc.constantFrom(0, 0, 0, 1, 2),
});
const policy: fc.Arbitrary<MadePolicy> = fc.record({
  refs: fc.array(
    fc.record({ keySet: fc.nat(2), signer: fc.option(known, { nil: undefined, freq: 1 }) }),
    { minLength: 1, maxLength: 3 },
  ),
  unsupported: fc.nat(20).map((number) => number === 0),
});

export const worlds: fc.Arbitrary<World> = fc.record({
  keySets: fc.array(keySet, { minLength: 3, maxLength: 3 }),
  revocations: fc.array(
    fc.record({
      signer: known,
      by: fc.constantFrom('fingerprint' as const, 'vault' as const, 'other-vault' as const),
    }),
    { maxLength: 1 },
  ),
  policies: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 15, arbitrary: fc.array(policy, { minLength: 1, maxLength: 3 }) },
  ),
  candidates: fc.array(candidate, { maxLength: 6 }),
});

const OTHER_VAULT = 'https://fabrikam.vault.azure.net';
const nameOf = (index: number) => `set-${index}`;
const versionIn = ({ signer, place }: Pick<Entry, 'signer' | 'place'>): KeyVersionStatus => {
  const key = SIGNERS[signer] ?? signerOf();
  if (place === 'inline') return inlineVersionOf(key);
  return place === 'vault'
    ? versionOf(key)
    : versionOf(key, { vaultUri: OTHER_VAULT, name: 'copy' });
};

/** The API objects of a world. */
export function objectsOf(world: World): {
  keySets: KeySet[];
  revocations: KeyRevocation[];
  policies: Policy[];
} {
  const keySets = world.keySets.map(({ entries, expiredKeys, onStale, reconciledDaysAgo }, index) =>
    keySetOf(
      entries.map((entry) => ({
        ...versionIn(entry),
        state: entry.state,
        reason: `It is ${entry.state}.`,
        ...(entry.notBefore === undefined ? {} : { notBefore: daysFromNow(entry.notBefore) }),
        ...(entry.expiresOn === undefined ? {} : { expiresOn: daysFromNow(entry.expiresOn) }),
      })),
      {
        name: nameOf(index),
        spec: { expiredKeys, onStale },
        status: { lastReconciledTime: daysFromNow(-reconciledDaysAgo) },
      },
    ),
  );
  const revocations = world.revocations.map(({ signer, by }, index) => {
    const name = `revocation-${index}`;
    return by === 'fingerprint'
      ? revocationOf({ name, fingerprint: SIGNERS[signer]?.fingerprint ?? '' })
      : revocationOf({ name, key: versionIn({ signer, place: by }) });
  });
  const policies = world.policies.map(({ refs, unsupported }, index) =>
    policyOf({
      id: `policy-${index}`,
      keySets: refs.map(({ keySet, signer }) => ({
        keySet: `keyward-system/${nameOf(keySet)}`,
        ...(signer === undefined ? {} : { version: versionIn({ signer, place: 'vault' }).version }),
      })),
      ...(unsupported ? { unsupported: { code: 'TLOG_UNSUPPORTED', detail: 'x' } as const } : {}),
    }),
  );
  return { keySets, revocations, policies };
}

/** Whether an entry of a key set deserves trust at `NOW`: the rules of DESIGN, written down a second time. */
export function isTrusted(entry: Entry, keySet: MadeKeySet, world: World): boolean {
  const isRevoked = world.revocations.some(
    ({ signer, by }) =>
      signer === entry.signer &&
      (by === 'fingerprint' ||
        world.keySets.some(({ entries }) =>
          entries.some((each) => each.signer === signer && each.place === by),
        )),
  );
  const isExpired = entry.expiresOn !== undefined && entry.expiresOn <= 0;
  const isInline = keySet.entries.every(({ place }) => place === 'inline');
  const isStale = keySet.onStale === 'Deny' && !isInline && keySet.reconciledDaysAgo >= 1;
  return (
    entry.state === 'trusted' &&
    !isRevoked &&
    !isStale &&
    (entry.notBefore === undefined || entry.notBefore <= 0) &&
    (!isExpired || keySet.expiredKeys === 'Trust')
  );
}

/** The signers whose trusted keys a policy may rely on. */
export function trustedSigners({ refs }: MadePolicy, world: World): ReadonlySet<number> {
  const signers = refs.flatMap(({ keySet, signer }) => {
    const made = world.keySets[keySet];
    if (made === undefined) return [];
    return (
      made.entries
        // A version given by its id is one in a vault: an inline key has none.
        .filter(
          (entry) => signer === undefined || (entry.signer === signer && entry.place !== 'inline'),
        )
        .filter((entry) => isTrusted(entry, made, world))
        .map((entry) => entry.signer)
    );
  });
  return new Set(signers);
}
