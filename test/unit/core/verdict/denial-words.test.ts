/** Parts of messages that people search for and dashboards cut out: a denial is an interface. */
import { describe, expect, it } from '@jest/globals';
import type { DecideInput } from '../../../../core/verdict/decide.ts';
import {
  denyForClaims,
  denyForKeyState,
  describeUnread,
} from '../../../../core/verdict/denials.ts';
import type { RejectedCandidate } from '../../../../core/verdict/evidence.ts';
import { keysOf } from '../../../../core/verdict/key-standing.ts';
import { tryPolicy } from '../../../../core/verdict/try-policy.ts';
import { legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import {
  daysFromNow,
  decideOn,
  evidenceOf,
  NOW,
  policyOf,
  trustIn,
  verifies,
  versionOf,
} from '../../../support/trust.ts';

const rejected = (code: RejectedCandidate['code']): RejectedCandidate => ({
  kind: 'rejected',
  store: 'referrers',
  manifestDigest: `sha256:${'0'.repeat(64)}`,
  code,
  detail: `detail of ${code}`,
});

const messageOf = (...[candidates, overrides]: Parameters<typeof decideOn>): string => {
  const verdict = decideOn(candidates, overrides);
  return verdict.kind === 'allow' ? 'allowed' : verdict.message;
};

it('all reasons that were met are listed behind the telling one', () => {
  const candidates = [
    rejected('PREDICATE_TYPE'),
    rejected('JSON_FIELD'),
    rejected('MEDIA_TYPE'),
    rejected('JSON_FIELD'),
  ];
  expect(messageOf(candidates)).toMatch(
    /: detail of PREDICATE_TYPE; also found: JSON_FIELD, MEDIA_TYPE$/,
  );
});

it('a single reason is not said twice, nor is a limit', () => {
  expect(messageOf([rejected('JSON_FIELD')])).not.toContain('also found');
  const limited = messageOf([rejected('LIMIT_LAYERS'), rejected('JSON_FIELD')]);
  expect(limited).toMatch(/: detail of LIMIT_LAYERS$/);
});

it('a signature of another kind of key is told from a wrong one', () => {
  const short = legacy({ signature: Buffer.from('3006020101020101ff', 'hex') });
  expect(messageOf([short])).toMatch(
    /: its signature is not in a form that any of the keys produces$/,
  );
});

describe('of several policies that refuse', () => {
  const stranger = legacy({ signer: signerOf('P-256', 'stranger') });
  const known = legacy();
  const disabled = trustIn([versionOf(undefined, { state: 'disabled' })]);
  const set = { keySet: 'keyward-system/prod' };
  const [a, b] = [policyOf({ id: 'a' }), policyOf({ id: 'b' })];
  const other = (id: string) => policyOf({ id, keySets: [{ ...set, key: 'another-key' }] });

  it.each([
    ['the first one speaks', [stranger], [b, a], 'policy a'],
    [
      'the first one speaks, where key state alone stands in the way of both',
      [known],
      [b, a],
      'policy a',
    ],
    [
      'the one that needs more than a key speaks, though it is the second',
      [known],
      [other('b'), a],
      'policy b',
    ],
    [
      'the one that needs more than a key speaks, being the first',
      [known],
      [b, other('a')],
      'policy a',
    ],
    [
      'the first one that needs more speaks, of two',
      [known],
      [other('b'), other('c'), a],
      'policy b',
    ],
  ])('%s', (_, candidates, policies, named) => {
    expect(messageOf(candidates, { policies, trust: disabled })).toContain(named);
  });
});

describe('what never happens is told in words all the same', () => {
  const input: DecideInput = {
    image: 'contoso.azurecr.io/team/app:v1',
    evidence: evidenceOf([]),
    policies: [policyOf()],
    trust: trustIn(),
    now: NOW,
    verifies,
  };
  const trial = tryPolicy(policyOf(), input);
  const [key] = keysOf(policyOf(), trustIn(), NOW);
  const candidate = legacy();
  if (key === undefined || candidate.kind !== 'sound') throw new Error('no key or candidate');

  it('a key that is trusted stands in the way', () => {
    const { code, message } = denyForKeyState(key, trial, input);
    expect(code).toBe('KEY_UNKNOWN');
    expect(message).toMatch(/, which policy KeySet\/keyward-system\/prod does not trust: $/);
  });

  it('nothing is lacking', () => {
    const { message } = denyForClaims({ by: key, candidate }, trial, input);
    expect(message).toMatch(/, but not as policy KeySet\/keyward-system\/prod asks: $/);
  });

  it('nothing was left unread', () => {
    const { code, message } = describeUnread([], input);
    expect(code).toBe('INTERNAL_ERROR');
    expect(message).toMatch(/^could not find out whether \S+ is signed$/);
  });
});

it.each([
  ['it expired on', { expiresOn: daysFromNow(-1) }, { expiredKeys: 'Deny' as const }],
  ['it is not valid before', { notBefore: daysFromNow(1) }, {}],
])('a date that acts before anybody wrote a state is said: %s …', (words, dates, spec) => {
  const trust = trustIn([versionOf(undefined, dates)], { spec });
  const [key] = keysOf(policyOf(), trust, NOW);
  expect(key?.standing).toMatchObject({ reason: `${words} ${Object.values(dates)[0]}` });
});
