import { describe, expect, it } from '@jest/globals';
import { decide, type DecideInput } from '../../../../core/verdict/decide.ts';
import {
  denyBadPolicy,
  denyForKeyState,
  denyNoSignature,
  describeUnread,
  warnOfExpired,
} from '../../../../core/verdict/denials.ts';
import { keysOf } from '../../../../core/verdict/key-standing.ts';
import { tryPolicy } from '../../../../core/verdict/try-policy.ts';
import { DIGEST, legacy, REPOSITORY } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import {
  daysFromNow,
  evidenceOf,
  NOW,
  policyOf,
  trustIn,
  unread,
  verifies,
  versionOf,
} from '../../../support/trust.ts';

const IMAGE = `${REPOSITORY}:v1@${DIGEST}`;
const inputOf = (overrides: Partial<DecideInput> = {}): DecideInput => ({
  image: `${REPOSITORY}:v1`,
  evidence: evidenceOf([]),
  policies: [policyOf()],
  trust: trustIn(),
  now: NOW,
  verifies,
  ...overrides,
});
const messageOf = (overrides: Partial<DecideInput>) => {
  const verdict = decide(inputOf(overrides));
  return verdict.kind === 'allow' ? 'allowed' : verdict.message;
};

describe('a refusal says in one line what and why', () => {
  const signer = signerOf('P-256', 'named');
  const shortName = `cosign-key/${signer.fingerprint.slice(7, 11)}…`;
  const stranger = legacy({ signer: signerOf('P-256', 'stranger') });
  const malformed = legacy({ payload: '[]' });

  it.each<[string, Partial<DecideInput>, string]>([
    ['no policy', { policies: [] }, `no policy covers ${IMAGE}`],
    [
      'a policy that cannot be honoured',
      {
        policies: [
          policyOf({
            unsupported: { code: 'KEYLESS_UNSUPPORTED', detail: 'it asks for keyless signatures' },
          }),
        ],
      },
      `policy KeySet/keyward-system/prod covers ${IMAGE} and cannot be satisfied: it asks for keyless signatures`,
    ],
    [
      'a policy without key sets',
      { policies: [policyOf({ keySets: [] })] },
      `policy KeySet/keyward-system/prod covers ${IMAGE} and trusts no key: it refers to no key set`,
    ],
    [
      'a policy whose providers no key set follows',
      { policies: [policyOf({ keySets: [], missingProviders: ['kmp-a', 'kmp\nb'] })] },
      `policy KeySet/keyward-system/prod covers ${IMAGE} and trusts no key: no key set follows the provider "kmp-a", "kmp\\nb"`,
    ],
    [
      'no signature',
      {},
      `${IMAGE} has no cosign signature, which policy KeySet/keyward-system/prod asks for; looked at referrers, tag sha256-a1….sig`,
    ],
    [
      'no signature and nowhere to look',
      { evidence: evidenceOf([], { lookedAt: [] }) },
      `${IMAGE} has no cosign signature, which policy KeySet/keyward-system/prod asks for; looked at nowhere`,
    ],
    [
      'a signature by a stranger',
      { evidence: evidenceOf([stranger]) },
      `${IMAGE} has no signature that counts for policy KeySet/keyward-system/prod: no key that the policy knows made its signature`,
    ],
    [
      'a signature by a stranger, and some trusted key',
      {
        evidence: evidenceOf([stranger]),
        trust: trustIn([versionOf(signer, { state: 'disabled' }), versionOf()]),
      },
      `${IMAGE} has no signature that counts for policy KeySet/keyward-system/prod: no key that the policy knows made its signature`,
    ],
    [
      'a signature by a stranger, and no trusted key',
      {
        evidence: evidenceOf([stranger]),
        trust: trustIn([versionOf(signer, { state: 'disabled' })]),
      },
      `${IMAGE} has no signature that counts for policy KeySet/keyward-system/prod: no key that the policy knows made its signature (and none of its key versions is trusted now)`,
    ],
    [
      'a signature by a stranger, and no key',
      { evidence: evidenceOf([stranger]), trust: trustIn([]) },
      `${IMAGE} has no signature that counts for policy KeySet/keyward-system/prod: no key that the policy knows made its signature (its key sets hold no key)`,
    ],
    [
      'a signature by a stranger beside malformed ones',
      { evidence: evidenceOf([malformed, stranger, malformed]) },
      `${IMAGE} has no signature that counts for policy KeySet/keyward-system/prod: no key that the policy knows made its signature; also found: JSON_MALFORMED`,
    ],
    [
      'the state of the key',
      {
        evidence: evidenceOf([legacy({ signer })]),
        trust: trustIn([
          versionOf(signer, { state: 'disabled', reason: 'It is disabled in the vault.' }),
        ]),
      },
      `${IMAGE} is signed by ${shortName}, which policy KeySet/keyward-system/prod does not trust: It is disabled in the vault.`,
    ],
    [
      'the date of the key',
      {
        evidence: evidenceOf([legacy({ signer })]),
        trust: trustIn([versionOf(signer, { notBefore: daysFromNow(1) })]),
      },
      `${IMAGE} is signed by ${shortName}, which policy KeySet/keyward-system/prod does not trust: it is not valid before 2026-11-03T12:00:00.000Z`,
    ],
    [
      'a store that could not be read',
      { evidence: evidenceOf([unread()]) },
      `could not find out whether ${IMAGE} is signed (referrers): no answer in time`,
    ],
    [
      'a budget that ran out',
      { evidence: evidenceOf([stranger]), verifies: () => 'unknown' },
      `not all keys could be tried on the signatures of ${IMAGE}`,
    ],
  ])('%s', (_, overrides, message) => {
    expect(messageOf(overrides)).toBe(message);
  });

  it('and does not repeat a digest that the image names already', () => {
    const image = `${REPOSITORY}@${DIGEST}`;
    expect(messageOf({ image, policies: [] })).toBe(`no policy covers ${image}`);
  });

  it('and leaves quotes readable', () => {
    const detail = String.raw`the scope "B\" is malformed`;
    const policies = [policyOf({ unsupported: { code: 'POLICY_UNSUPPORTED', detail } })];
    expect(messageOf({ policies })).toMatch(/: the scope "B\\\\" is malformed$/u);
  });

  it('and cuts what is long', () => {
    const image = 'x'.repeat(1000);
    expect(messageOf({ image, policies: [] })).toBe(
      `no policy covers ${'x'.repeat(400)}…@${DIGEST}`,
    );
  });

  it('and what to do where a budget ran out', () => {
    const verdict = decide(
      inputOf({ evidence: evidenceOf([stranger]), verifies: () => 'unknown' }),
    );
    expect(verdict).toMatchObject({
      remedy: expect.stringContaining('sign as a bundle, which names its key') as unknown,
    });
  });

  it('and what to do, by the full name of the key version', () => {
    const trust = trustIn([versionOf(signer, { state: 'disabled' })]);
    expect(decide(inputOf({ evidence: evidenceOf([legacy({ signer })]), trust }))).toMatchObject({
      remedy: expect.stringContaining(
        `enable azurekms://contoso.vault.azure.net/cosign-key/${signer.fingerprint.slice(7, 39)} in the vault`,
      ) as unknown,
    });
  });
});

describe('text from outside cannot add a line to a message', () => {
  const evil = 'x\nallowed: yes\u001b[2J\u202e';
  it.each<[string, Partial<DecideInput>]>([
    ['the image', { image: evil, policies: [] }],
    ['a place', { evidence: evidenceOf([], { lookedAt: [evil] }) }],
    ['the name of a policy without a signature', { policies: [policyOf({ id: evil })] }],
    ['the name of a policy without key sets', { policies: [policyOf({ id: evil, keySets: [] })] }],
    [
      'the name of a policy that trusts no such key',
      {
        policies: [policyOf({ id: evil })],
        evidence: evidenceOf([legacy()]),
        trust: trustIn([versionOf(signerOf(), { state: 'disabled' })]),
      },
    ],
    [
      'the name of a policy that no signature counts for',
      { policies: [policyOf({ id: evil })], evidence: evidenceOf([legacy()]), trust: trustIn([]) },
    ],
    [
      'the name of a policy that cannot be honoured',
      {
        policies: [
          policyOf({ id: evil, unsupported: { code: 'POLICY_UNSUPPORTED', detail: 'x' } }),
        ],
      },
    ],
    [
      'what is wrong with a policy',
      { policies: [policyOf({ unsupported: { code: 'POLICY_UNSUPPORTED', detail: evil } })] },
    ],
    [
      'the detail of a rejection',
      {
        evidence: evidenceOf([
          {
            kind: 'rejected',
            store: 'referrers',
            manifestDigest: 'm',
            code: 'MEDIA_TYPE',
            detail: evil,
          },
        ]),
      },
    ],
    ['the detail of an unread store', { evidence: evidenceOf([unread({ detail: evil })]) }],
    ['a provider', { policies: [policyOf({ keySets: [], missingProviders: [evil] })] }],
    [
      'the reason of a state',
      {
        evidence: evidenceOf([legacy()]),
        trust: trustIn([versionOf(signerOf(), { state: 'disabled', reason: evil })]),
      },
    ],
  ])('by %s', (_, overrides) => {
    const message = messageOf(overrides);
    expect(message).toContain(String.raw`x\nallowed: yes\u001b[2J?`);
    // oxlint-disable-next-line no-control-regex -- exactly these are what must not be there
    expect(message).not.toMatch(/[\u0000-\u001f\u202e]/u);
  });
});

describe('called for what cannot be, a denial stays a denial', () => {
  const input = inputOf({ evidence: evidenceOf([legacy()]) });
  const trial = tryPolicy(policyOf(), input);

  it('a trusted key as the reason for a denial is denied as unknown', () => {
    const [trusted] = keysOf(policyOf(), input.trust, NOW);
    expect(denyForKeyState(trusted!, trial, input)).toMatchObject({
      kind: 'deny',
      code: 'KEY_UNKNOWN',
    });
  });

  it('unread candidates of which there are none are a fault of keyward', () => {
    expect(describeUnread([], input)).toMatchObject({
      kind: 'unavailable',
      code: 'INTERNAL_ERROR',
    });
  });

  it('a policy that could be satisfied is denied all the same', () => {
    expect(denyBadPolicy(policyOf(), input).kind).toBe('deny');
    expect(denyNoSignature(trial, input).kind).toBe('deny');
  });

  it('an untrusted key gives no warning', () => {
    const [untrusted] = keysOf(
      policyOf(),
      trustIn([versionOf(signerOf(), { state: 'expired' })]),
      NOW,
    );
    expect(warnOfExpired(untrusted!)).toBeUndefined();
  });
});
