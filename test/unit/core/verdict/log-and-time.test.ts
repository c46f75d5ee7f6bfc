/**
 * keyward verifies no log and no timestamp yet, so whatever evidence of them an attacker attaches must prove nothing: a policy that asks
 * for the log denies with `TLOG_UNSUPPORTED`, an expired key that only a timestamp could save stays expired, and a policy that asks for
 * neither looks at the signature alone.
 */
import { describe, expect, it } from '@jest/globals';
import { policiesOf } from '../../../../core/policy/policies-of.ts';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import {
  logAnnotation,
  logEntry,
  timestampAnnotation,
  timestampData,
  timestampToken,
  type EntryOptions,
  type Logged,
  type TokenOptions,
} from '../../../support/log-evidence.ts';
import {
  bundle,
  bytesOf,
  DIGEST,
  hintOf,
  legacy,
  preAuthentication,
  simpleSigning,
  statementOf,
} from '../../../support/signatures.ts';
import { signBytes, signerOf } from '../../../support/signing.ts';
import {
  daysFromNow,
  decideOn,
  keySetOf,
  revocationOf,
  trustIn,
  versionOf,
} from '../../../support/trust.ts';

const signer = signerOf();
const stranger = signerOf('P-256', 'stranger');
const publicKey = { hint: hintOf(signer) };

/** What is really signed, in each format. */
const payload = bytesOf(simpleSigning(DIGEST));
const encoded = preAuthentication(bytesOf(statementOf(DIGEST)));
const own = (bytes: Uint8Array): Logged => ({ bytes, signature: signBytes(signer, bytes), signer });
const [ofPayload, ofStatement] = [own(payload), own(encoded)];
const elsewhere = own(Buffer.from('another artifact'));
const ofStranger: Logged = {
  bytes: encoded,
  signature: signBytes(stranger, encoded),
  signer: stranger,
};

/** A good signature of this image with that evidence beside it. */
const legacyWith = (annotations: Readonly<Record<string, string>>) =>
  legacy({ payload, signature: ofPayload.signature, annotations });
const legacyLogged = (logged: Logged, options?: EntryOptions) =>
  legacyWith(logAnnotation(logged, options));
const bundleWith = (material: Readonly<Record<string, unknown>>) =>
  bundle({ signature: ofStatement.signature, material: { publicKey, ...material } });
const bundleLogged = (logged: Logged, options?: EntryOptions) =>
  bundleWith({ tlogEntries: [logEntry(logged, options)] });
const bundleStamped = (options: Partial<TokenOptions> = {}) =>
  bundleWith({
    timestampVerificationData: timestampData(
      timestampToken({ imprintOf: ofStatement.signature, ...options }),
    ),
  });
const legacyStamped = (options: Partial<TokenOptions> = {}) =>
  legacyWith(timestampAnnotation(timestampToken({ imprintOf: ofPayload.signature, ...options })));

/** Under a Verifier of Ratify over the key set that trusts the signer. */
function decideLogged(candidate: Candidate, tLogVerify: boolean) {
  const providerRef = { kind: 'KeyManagementProvider', name: 'akv' } as const;
  const keySets = [keySetOf([versionOf()], { spec: { providerRef } })];
  const trustPolicy = { name: 'p', scopes: ['contoso.azurecr.io/*'], keys: [{ provider: 'akv' }] };
  const policies = policiesOf({
    verifiers: [
      { kind: 'Verifier', name: 'cosign', trustPolicies: [{ ...trustPolicy, tLogVerify }] },
    ],
    keySets,
    keywardNamespace: 'keyward-system',
  });
  return decideOn([candidate], { policies });
}

/** Under a key that expired yesterday. */
const decideExpired = (candidate: Candidate, expiredKeys: 'Trust' | 'AllowTimestamped' | 'Deny') =>
  decideOn([candidate], {
    trust: trustIn([versionOf(signer, { expiresOn: daysFromNow(-1) })], { spec: { expiredKeys } }),
  });

describe('a policy that requires the log denies, whatever log evidence there is, and one that does not looks past it:', () => {
  it.each([
    ['an entry of another signature, legacy (A1)', legacyLogged(elsewhere)],
    ['an entry of another signature, bundle (B-35)', bundleLogged(elsewhere)],
    [
      'a bound entry that another key promised (A4)',
      legacyLogged(ofPayload, { promisedBy: stranger }),
    ],
    ['an entry of another artifact (A8)', bundleLogged({ ...ofStatement, bytes: elsewhere.bytes })],
    ['an entry of another key (A8)', bundleLogged({ ...ofStatement, signer: stranger })],
    [
      'an entry of another signature of the same artifact (A8)',
      bundleLogged({ ...ofStatement, signature: signBytes(signer, encoded) }),
    ],
    [
      'any valid entry, legacy: another artifact (B-36)',
      legacyLogged({ ...ofPayload, bytes: elsewhere.bytes }),
    ],
    ['an entry of another kind (B-37)', bundleLogged(ofStatement, { kind: 'intoto' })],
    [
      'an entry and a certificate that contradict each other (B-38)',
      legacyWith({
        ...logAnnotation({ ...ofPayload, signer: stranger }),
        'dev.sigstore.cosign/certificate': signer.pem,
      }),
    ],
    [
      'one entry twice, where two logs are asked for (A13)',
      bundleWith({ tlogEntries: [logEntry(ofStatement), logEntry(ofStatement)] }),
    ],
    [
      "an entry whose digest is the statement's and not the envelope's (A15)",
      bundleLogged({ ...ofStatement, bytes: bytesOf(statementOf(DIGEST)) }),
    ],
    [
      'a checkpoint that is no checkpoint (A19)',
      bundleLogged(ofStatement, { checkpoint: '— \n\n-1\n9e99\n—' }),
    ],
    ...['-1', '1e400', '0x10', '', `1${'0'.repeat(30)}`, 7].map(
      (number) =>
        [
          `an entry whose numbers are ${JSON.stringify(number)} (A98)`,
          bundleWith({
            tlogEntries: [{ ...logEntry(ofStatement), logIndex: number, integratedTime: number }],
          }),
        ] as const,
    ),
    ['no entry at all (A151)', bundleWith({})],
    [
      'an entry of a log that nobody trusts (A151)',
      bundleLogged(ofStatement, { promisedBy: stranger }),
    ],
    [
      'an inclusion proof that fails (A151)',
      bundleLogged(ofStatement, { promisedBy: null, checkpoint: 'log\n8\nAAAA\n' }),
    ],
  ])('%s', (_, candidate) => {
    expect(decideLogged(candidate, true)).toMatchObject({ kind: 'deny', code: 'TLOG_UNSUPPORTED' });
    expect(decideLogged(candidate, false)).toMatchObject({
      kind: 'allow',
      vouchedBy: [{ fingerprint: signer.fingerprint }],
    });
  });

  it('and the genuine entry of this very signature as well: it is not verified, so it is not believed', () => {
    for (const candidate of [legacyLogged(ofPayload), bundleLogged(ofStatement)]) {
      expect(decideLogged(candidate, true)).toMatchObject({ code: 'TLOG_UNSUPPORTED' });
    }
  });

  it('a log entry is no signature: that of a stranger proves nothing without the log either (B-36)', () => {
    const logged = bundle({
      signature: ofStranger.signature,
      material: { publicKey, tlogEntries: [logEntry(ofStranger)] },
    });
    expect(decideLogged(logged, false)).toMatchObject({ kind: 'deny', code: 'SIGNATURE_INVALID' });
  });
});

describe('a timestamp saves no expired key under AllowTimestamped, and spoils none under Trust:', () => {
  it.each([
    [
      'a token by a certificate whose issuer had expired (A9)',
      bundleStamped({ certificates: ['CN=tsa', 'CN=issuer, notAfter=2019'] }),
    ],
    [
      'a token whose time lies outside the dates of the key (A12)',
      bundleStamped({ genTime: '20990101000000Z' }),
    ],
    ['integratedTime without a promise (A17)', bundleLogged(ofStatement, { promisedBy: null })],
    [
      'integratedTime without a promise, legacy (B-42)',
      legacyLogged(ofPayload, { promisedBy: null }),
    ],
    [
      "timestamps that come from another bundle's entries (A18)",
      bundleWith({
        tlogEntries: [logEntry(elsewhere)],
        timestampVerificationData: timestampData(
          timestampToken({ imprintOf: elsewhere.signature }),
        ),
      }),
    ],
    [
      'a foreign certificate first in the bag of the token (A25)',
      legacyStamped({ certificates: ['CN=stranger', 'CN=tsa'] }),
    ],
    [
      'a token by an authority that nobody pinned (B-41)',
      bundleStamped({ certificates: ['CN=any'] }),
    ],
    [
      'a token of one authority judged by the window of another (A153)',
      bundleStamped({ certificates: ['CN=a', 'CN=b'] }),
    ],
    ['a token over other bytes (A153)', bundleStamped({ imprintOf: Buffer.from('x') })],
    ['a token that was not granted (A153)', bundleStamped({ status: 2 })],
    ['a token without the critical EKU (A153)', legacyStamped({ certificates: ['CN=tsa'] })],
    ['no token (A153)', bundleWith({ timestampVerificationData: {} })],
    [
      'one token twice, as if by two authorities (B-46)',
      bundleWith({
        timestampVerificationData: timestampData(
          timestampToken({ imprintOf: ofStatement.signature }),
          timestampToken({ imprintOf: ofStatement.signature }),
        ),
      }),
    ],
  ])('%s', (_, candidate) => {
    expect(decideExpired(candidate, 'AllowTimestamped')).toMatchObject({
      kind: 'deny',
      code: 'KEY_EXPIRED',
      restsOnKeyState: true,
    });
    expect(decideExpired(candidate, 'Trust')).toMatchObject({
      kind: 'allow',
      warnings: [expect.stringContaining('expired')],
    });
  });

  it('nor does a genuine one: it is not verified, so it is not believed', () => {
    for (const candidate of [legacyStamped(), bundleStamped(), legacyLogged(ofPayload)]) {
      expect(decideExpired(candidate, 'AllowTimestamped')).toMatchObject({ code: 'KEY_EXPIRED' });
    }
  });
});

describe('the dates of a key know no exception for a time that a signature brings', () => {
  it('an expired key under Deny, with a token from before its end (B-40)', () => {
    expect(decideExpired(bundleStamped({ genTime: '20260101000000Z' }), 'Deny')).toMatchObject({
      kind: 'deny',
      code: 'KEY_EXPIRED',
    });
  });

  it.each([
    ['before its first moment', '20260101000000Z'],
    ['after it', '20990101000000Z'],
  ])('a key re-dated into the future, with a token from %s (A150)', (_, genTime) => {
    const trust = trustIn([versionOf(signer, { notBefore: daysFromNow(1) })]);
    expect(decideOn([bundleStamped({ genTime })], { trust })).toMatchObject({
      kind: 'deny',
      code: 'KEY_NOT_YET_VALID',
    });
  });

  it.each([
    ['long before', '20200101000000Z'],
    ['exactly at', '20261001000000Z'],
    ['after', '20261101000000Z'],
  ])(
    'a revocation has no date: a token from %s what somebody wrote as one (A147)',
    (_, genTime) => {
      const dated = { fingerprint: signer.fingerprint, revokedAt: '2026-10-01T00:00:00Z' };
      const trust = trustIn([versionOf()], {}, [revocationOf(dated)]);
      expect(decideOn([bundleStamped({ genTime })], { trust })).toMatchObject({
        kind: 'deny',
        code: 'KEY_REVOKED',
      });
    },
  );
});

it('a chain of certificates that came with a legacy signature vouches for nobody, expired or not (B-39)', () => {
  const candidate = legacy({
    signer: stranger,
    annotations: {
      'dev.sigstore.cosign/certificate': stranger.pem,
      'dev.sigstore.cosign/chain': `${stranger.pem}${signer.pem}`,
    },
  });
  expect(decideOn([candidate])).toMatchObject({ kind: 'deny', code: 'SIGNATURE_INVALID' });
});

describe('the number of log entries is capped before any is looked at (A16)', () => {
  const withEntries = (count: number) => {
    const entries = Array.from({ length: count }, () => '{}').join(',');
    const media = '"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"';
    const material = `"verificationMaterial":{"publicKey":{},"tlogEntries":[${entries}]}`;
    return bundle({ text: `{${media},${material},"dsseEnvelope":{}}` });
  };

  it('a third of a million entries, as many as fit into a bundle', () => {
    expect(withEntries(349_000)).toMatchObject({ kind: 'rejected', code: 'LIMIT_TLOG' });
  });

  it('a million entries, by their bytes', () => {
    expect(withEntries(1_000_000)).toMatchObject({ kind: 'rejected', code: 'LIMIT_BYTES' });
  });
});
