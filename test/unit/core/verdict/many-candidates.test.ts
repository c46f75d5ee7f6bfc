import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import {
  bundle,
  DIGEST,
  legacy,
  OTHER_DIGEST,
  simpleSigning,
  statementOf,
} from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { decideOn, trustIn, unread, verifies, versionOf } from '../../../support/trust.ts';

const good = legacy();
const stranger = legacy({ signer: signerOf('P-256', 'stranger') });
/** In whichever order candidates are tried, by their manifests' digests, one comes before the good one and one after it. */
const [first, last] = ['sha256:', 'sha256:~'].map((manifestDigest) =>
  legacy({ signer: signerOf('P-256', 'stranger'), manifestDigest }),
) as [Candidate, Candidate];
const malformed = legacy({ payload: '{}' });
const transplanted = legacy({ payload: simpleSigning(OTHER_DIGEST) });
const attestation = bundle({
  statement: statementOf(DIGEST, { predicateType: 'https://slsa.dev/provenance/v1' }),
});
const keyless = bundle({ material: { publicKey: undefined, certificate: {} } });
const foreign = bundle({
  signer: signerOf('P-384', 'stranger'),
  statement: statementOf(OTHER_DIGEST),
});
const tooMany: Candidate = {
  kind: 'rejected',
  store: 'referrers',
  manifestDigest: OTHER_DIGEST,
  code: 'LIMIT_REFERRERS',
  detail: '101 referrers, more than 100',
};

function* orders(candidates: readonly Candidate[]): Generator<readonly Candidate[]> {
  for (let turn = 0; turn < candidates.length; turn += 1) {
    const turned = [...candidates.slice(turn), ...candidates.slice(0, turn)];
    yield turned;
    yield turned.toReversed();
  }
}

describe('one good signature allows, whatever stands beside it', () => {
  it.each([
    ['a bad signature before it and one behind it (A80)', [first, last]],
    ['a signature by a stranger', [stranger]],
    ['a malformed layer (A81)', [malformed]],
    ['a foreign bundle among the referrers (A82)', [foreign]],
    ['a keyless bundle (A83)', [keyless]],
    ['a signature transplanted from another image', [transplanted]],
    ['an attestation', [attestation]],
    [
      'the same signature again, found in another store',
      [
        legacy({
          signature: good.kind === 'sound' ? good.signature : '',
          store: 'referrers',
          manifestDigest: good.manifestDigest,
        }),
      ],
    ],
    ['a store that could not be read', [unread()]],
    ['a cap that was exceeded', [tooMany]],
    [
      'everything at once (K-01)',
      [stranger, malformed, foreign, keyless, transplanted, attestation, unread(), tooMany],
    ],
  ])('%s', (_, others) => {
    for (const candidates of orders([good, ...others])) {
      expect(decideOn(candidates)).toMatchObject({ kind: 'allow', warnings: [] });
    }
  });

  it('the same payload signed twice, once by a stranger (P7)', () => {
    const payload = simpleSigning(DIGEST);
    const pair = [legacy({ payload, signer: signerOf('P-256', 'stranger') }), legacy({ payload })];
    for (const candidates of orders(pair)) expect(decideOn(candidates).kind).toBe('allow');
  });

  it('any key of many by any signature of many (K-01)', () => {
    const signers = ['one', 'two', 'three', 'four'].map((label) => signerOf('P-256', label));
    const candidates = signers.map((signer) => legacy({ signer }));
    for (const signer of signers) {
      for (const ordered of orders(candidates)) {
        const trust = trustIn([versionOf(signer)]);
        expect(decideOn(ordered, { trust })).toMatchObject({
          kind: 'allow',
          vouchedBy: [{ fingerprint: signer.fingerprint }],
        });
      }
    }
  });

  it('a bad candidate is not tried on after the good one', () => {
    const tried = new Set<Candidate>();
    const hinted = bundle();
    decideOn([stranger, hinted], {
      verifies: (candidate, key) => {
        tried.add(candidate);
        return verifies(candidate, key);
      },
    });
    expect([...tried]).toEqual([hinted]);
  });
});

describe('without a good signature, the verdict tells', () => {
  it.each([
    ['nothing found, which is no pass (A3)', [], 'deny', 'NO_SIGNATURE'],
    ['a signature by a stranger', [stranger], 'deny', 'SIGNATURE_INVALID'],
    [
      'a store that could not be read, and nothing else',
      [unread()],
      'unavailable',
      'REGISTRY_TIMEOUT',
    ],
    ['the same failure twice', [unread(), unread()], 'unavailable', 'REGISTRY_TIMEOUT'],
    [
      'a store that could not be read beside a bad signature',
      [stranger, unread()],
      'unavailable',
      'REGISTRY_TIMEOUT',
    ],
    [
      'a store that could not be read beside a cap',
      [tooMany, unread()],
      'unavailable',
      'REGISTRY_TIMEOUT',
    ],
    ['a cap before a bad signature', [stranger, tooMany], 'deny', 'LIMIT_REFERRERS'],
    [
      'the candidate that came furthest',
      [malformed, transplanted, keyless, stranger],
      'deny',
      'SIGNATURE_INVALID',
    ],
    ['the later check of two', [malformed, transplanted], 'deny', 'CLAIM_DIGEST_MISMATCH'],
    ['the later check of two in bundles', [keyless, attestation], 'deny', 'PREDICATE_TYPE'],
  ])('%s, in any order', (_, candidates, kind, code) => {
    for (const ordered of candidates.length === 0 ? [[]] : orders(candidates)) {
      expect(decideOn(ordered)).toMatchObject({ kind, code });
    }
  });

  it('in the same words, whatever the order', () => {
    const candidates = [
      malformed,
      transplanted,
      keyless,
      foreign,
      attestation,
      legacy({ payload: '[]' }),
    ];
    const verdicts = new Set(
      [...orders(candidates)].map((ordered) => JSON.stringify(decideOn(ordered))),
    );
    expect(verdicts.size).toBe(1);
  });

  it('the first unread store by code and place, whatever the order', () => {
    const stores = [
      unread({ code: 'REGISTRY_UNREACHABLE', store: 'signature-tag' }),
      unread({ code: 'REGISTRY_AUTH', store: 'signature-tag', detail: 'b' }),
      unread({ code: 'REGISTRY_AUTH', store: 'referrers', detail: 'c' }),
      unread({ code: 'REGISTRY_AUTH', store: 'referrers', detail: 'd' }),
    ];
    for (const ordered of orders(stores)) {
      expect(decideOn(ordered)).toMatchObject({
        code: 'REGISTRY_AUTH',
        message: expect.stringContaining('(referrers): c') as unknown,
      });
    }
  });
});
