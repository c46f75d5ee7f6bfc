import { describe, expect, it } from '@jest/globals';
import { KEY_ALGORITHMS } from '../../../../core/keys/key-version.ts';
import {
  bundle,
  bytesOf,
  DIGEST,
  hintOf,
  legacy,
  simpleSigning,
  statementOf,
} from '../../../support/signatures.ts';
import { signerOf, type Signer } from '../../../support/signing.ts';
import {
  daysFromNow,
  decideOn,
  evidenceOf,
  trustIn,
  VAULT,
  verifies,
  versionOf,
} from '../../../support/trust.ts';

const trusting = (...signers: readonly Signer[]) =>
  trustIn(signers.map((signer) => versionOf(signer)));
const vouchedBy = (signer: Signer) => ({
  kind: 'allow',
  vouchedBy: [
    {
      fingerprint: signer.fingerprint,
      keySet: 'keyward-system/prod',
      vaultUri: VAULT,
      name: 'cosign-key',
      version: signer.fingerprint.slice(7, 39),
    },
  ],
  warnings: [],
});

describe('an image signed with a trusted key is allowed', () => {
  it.each(['P-256', 'P-384', 'P-521'] as const)('by a legacy signature, %s (P1)', (algorithm) => {
    const signer = signerOf(algorithm);
    expect(decideOn([legacy({ signer })], { trust: trusting(signer) })).toEqual(vouchedBy(signer));
  });

  const forms = ['wrapped', 'raw'] as const;
  it.each(['RSA-2048', 'RSA-3072', 'RSA-4096'] as const)(
    'by a legacy signature, %s, raw and wrapped (P2)',
    (algorithm) => {
      const signer = signerOf(algorithm);
      for (const form of forms)
        expect(decideOn([legacy({ signer, form })], { trust: trusting(signer) })).toEqual(
          vouchedBy(signer),
        );
    },
  );

  it.each(KEY_ALGORITHMS)('by a bundle, %s, raw and wrapped (P3)', (algorithm) => {
    const signer = signerOf(algorithm);
    for (const form of forms)
      expect(decideOn([bundle({ signer, form })], { trust: trusting(signer) })).toEqual(
        vouchedBy(signer),
      );
  });
});

describe('an image is allowed where its signature', () => {
  it.each([
    [
      'names another repository, since no policy binds it (A45)',
      legacy({
        payload: simpleSigning(DIGEST, { identity: { 'docker-reference': 'other.io/x' } }),
      }),
    ],
    [
      'has annotations (P9)',
      legacy({ payload: simpleSigning(DIGEST, {}, { optional: { env: 'prod' } }) }),
    ],
    [
      'was made by sign-blob over the same bytes: one key, one purpose (A64)',
      legacy({ payload: bytesOf(simpleSigning(DIGEST)) }),
    ],
    [
      'holds the escapes that Go writes (A104)',
      legacy({ payload: simpleSigning(DIGEST, {}, { optional: { a: '<>&' } }) }),
    ],
    ['is in a referrer of the older kind (P6)', legacy({ store: 'referrers' })],
    ['is in a bundle found by the fallback tag (P4)', bundle({ store: 'fallback-tag' })],
    [
      'is in a bundle that lists another image first (A51)',
      bundle({
        statement: statementOf(DIGEST, {
          subject: [{ digest: { sha256: 'b2' } }, { digest: { sha256: 'a1'.repeat(32) } }],
        }),
      }),
    ],
    ['is in a bundle without a hint (A73)', bundle({ hint: null })],
    ['is in a bundle whose hint is a prototype name (A73)', bundle({ hint: '__proto__' })],
    [
      'is in a bundle with the hint of no key (A73)',
      bundle({ hint: Buffer.alloc(32).toString('base64') }),
    ],
    [
      "is in a bundle with a hint like the key's but for its last byte (A73)",
      bundle({ hint: `${hintOf(signerOf()).slice(0, -4)}AAA=` }),
    ],
    [
      'stands beside a log entry and a timestamp of garbage (A152)',
      bundle({
        material: {
          publicKey: {},
          tlogEntries: [{ a: 1 }],
          timestampVerificationData: { rfc3161Timestamps: [{ a: 1 }] },
        },
      }),
    ],
  ])('%s', (_, candidate) => {
    expect(candidate.kind).toBe('sound');
    expect(decideOn([candidate])).toEqual(vouchedBy(signerOf()));
  });
});

describe('the key that really signed is named', () => {
  const [first, second] = [signerOf('P-256', 'first'), signerOf('P-256', 'second')];

  it('where the hint names another trusted key (A71)', () => {
    const candidate = bundle({ signer: second, hint: hintOf(first) });
    expect(decideOn([candidate], { trust: trusting(first, second) })).toEqual(vouchedBy(second));
  });

  it.each([
    ['the older', first],
    ['the newer', second],
  ])('after a rotation, %s version having signed (P11)', (_, signer) => {
    const trust = trustIn([
      versionOf(first, { createdOn: daysFromNow(-60) }),
      versionOf(second, { createdOn: daysFromNow(-1) }),
    ]);
    expect(decideOn([legacy({ signer })], { trust })).toEqual(vouchedBy(signer));
    expect(decideOn([bundle({ signer })], { trust })).toEqual(vouchedBy(signer));
  });

  it('where many versions are trusted and the oldest signed without a hint (P12)', () => {
    const oldest = versionOf(first, { createdOn: daysFromNow(-900) });
    const others = Array.from({ length: 40 }, (_, index) =>
      versionOf(signerOf('P-256', `other ${index}`), { createdOn: daysFromNow(-index) }),
    );
    expect(decideOn([legacy({ signer: first })], { trust: trustIn([...others, oldest]) })).toEqual(
      vouchedBy(first),
    );
  });

  it('among RSA and EC keys, whatever their order (K-02)', () => {
    const signers = KEY_ALGORITHMS.map((algorithm) => signerOf(algorithm));
    for (const signer of signers) {
      expect(decideOn([legacy({ signer })], { trust: trusting(...signers) })).toEqual(
        vouchedBy(signer),
      );
      expect(decideOn([bundle({ signer })], { trust: trusting(...signers.toReversed()) })).toEqual(
        vouchedBy(signer),
      );
    }
  });

  it('beside a key of the set that cannot be read (K-03)', () => {
    const broken = versionOf(first, { publicKeyPem: 'not a key' });
    expect(
      decideOn([legacy({ signer: second })], { trust: trustIn([broken, versionOf(second)]) }),
    ).toEqual(vouchedBy(second));
  });
});

it('a hint saves trials: the key that it names is tried first', () => {
  const signers = Array.from({ length: 10 }, (_, index) => signerOf('P-256', `hinted ${index}`));
  const tried: string[] = [];
  const verdict = decideOn([bundle({ signer: signers[7]! })], {
    trust: trusting(...signers),
    verifies: (candidate, key) => {
      tried.push(key.fingerprint);
      return verifies(candidate, key);
    },
  });
  expect(verdict.kind).toBe('allow');
  expect(tried).toEqual([signers[7]?.fingerprint]);
});

it('an image that is an index is judged by the digest of the index (P10)', () => {
  const digest = `sha256:${'c3'.repeat(32)}`;
  const candidates = [legacy({ digest }), bundle({ digest })];
  for (const candidate of candidates) {
    expect(decideOn([], { evidence: evidenceOf([candidate], { digest }) }).kind).toBe('allow');
  }
});
