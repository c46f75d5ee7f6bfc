import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import type { Verdict } from '../../../../core/verdict/verdict.ts';
import {
  bundle,
  DIGEST,
  legacy,
  OTHER_DIGEST,
  simpleSigning,
  statementOf,
} from '../../../support/signatures.ts';
import { signerOf, type Signer } from '../../../support/signing.ts';
import { daysFromNow, decideOn, policyOf, trustIn, versionOf } from '../../../support/trust.ts';

const HEX = DIGEST.replace('sha256:', '');
type Members = Readonly<Record<string, unknown>>;

/** A good legacy signature with these members in `optional`. */
const legacyWith = (optional: unknown, signer?: Signer) =>
  legacy({
    payload: simpleSigning(DIGEST, {}, { optional }),
    ...(signer === undefined ? {} : { signer }),
  });
/** A good bundle with these annotations on its subject. */
const bundleWith = (annotations: unknown) =>
  bundle({
    statement: statementOf(DIGEST, { subject: [{ digest: { sha256: HEX }, annotations }] }),
  });

function decideWith(
  required: Readonly<Record<string, string>>,
  candidates: readonly Candidate[],
  trust = trustIn(),
): Verdict {
  const policies = [policyOf({ annotations: new Map(Object.entries(required)) })];
  return decideOn(candidates, { policies, trust });
}

const BUILD = { build: '7' };

describe.each([
  ['a legacy signature', legacyWith],
  ['a bundle', bundleWith],
])('an annotation that the policy asks for, on %s', (_, sign) => {
  it('is what makes it count', () => {
    expect(decideWith(BUILD, [sign(BUILD)]).kind).toBe('allow');
    expect(decideWith(BUILD, [sign({ ...BUILD, other: 'x' })]).kind).toBe('allow');
  });

  it.each<[string, Members]>([
    ['with another value', { build: '8' }],
    ['under a name in another case', { Build: '7' }],
    ['with a blank more', { build: '7 ' }],
    ['not at all', {}],
    ['as a number (A76)', { build: 7 }],
    ['in a list (A76)', { build: ['7'] }],
    ['in an object (A76)', { build: { value: '7' } }],
    ['as null (A76)', { build: null }],
  ])('%s is not that annotation', (_, annotations) => {
    expect(decideWith(BUILD, [sign(annotations)])).toMatchObject({
      kind: 'deny',
      code: 'ANNOTATION_MISMATCH',
      restsOnKeyState: false,
      signedBy: { fingerprint: signerOf().fingerprint },
    });
  });

  it('must be there with every other one that is asked for', () => {
    const both = { build: '7', stage: 'prod' };
    expect(decideWith(both, [sign(both)]).kind).toBe('allow');
    for (const lacking of [{ build: '7' }, { stage: 'prod' }, { build: '7', stage: 'test' }])
      expect(decideWith(both, [sign(lacking)])).toMatchObject({ code: 'ANNOTATION_MISMATCH' });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'named %s is found only where it was signed (A78)',
    (name) => {
      const required = Object.fromEntries([[name, '7']]);
      const value = String((Object.prototype as Members)[name]);
      expect(decideWith(required, [sign({})])).toMatchObject({ code: 'ANNOTATION_MISMATCH' });
      expect(decideWith(Object.fromEntries([[name, value]]), [sign({})]).kind).toBe('deny');
      expect(decideWith(required, [sign(required)]).kind).toBe('allow');
    },
  );
});

describe('an annotation that the policy asks for', () => {
  it('on the unsigned descriptor of a layer counts for nothing (A75)', () => {
    const candidate = legacy({ annotations: BUILD });
    expect(decideWith(BUILD, [candidate])).toMatchObject({ code: 'ANNOTATION_MISMATCH' });
  });

  it.each([undefined, null])('is missing where optional is %s (A77)', (optional) => {
    expect(decideWith(BUILD, [legacyWith(optional)])).toMatchObject({
      code: 'ANNOTATION_MISMATCH',
    });
  });

  it('on another subject of the statement than the image counts for nothing (A79)', () => {
    const other = { digest: { sha256: OTHER_DIGEST.replace('sha256:', '') }, annotations: BUILD };
    const image = { digest: { sha256: HEX } };
    for (const subject of [
      [other, image],
      [image, other],
    ])
      expect(
        decideWith(BUILD, [bundle({ statement: statementOf(DIGEST, { subject }) })]),
      ).toMatchObject({
        code: 'ANNOTATION_MISMATCH',
      });
  });

  it('on one signature is not lent to another (B-54)', () => {
    const stranger = signerOf('P-256', 'stranger');
    const required = { build: '7', stage: 'prod' };
    const halves = [legacyWith({ build: '7' }), bundleWith({ stage: 'prod' })];
    const lent = [legacyWith({ build: '7' }), legacyWith(required, stranger)];
    for (const candidates of [halves, halves.toReversed(), lent, lent.toReversed()])
      expect(decideWith(required, candidates)).toMatchObject({
        kind: 'deny',
        code: 'ANNOTATION_MISMATCH',
      });
    expect(decideWith(required, [...lent, bundleWith(required)]).kind).toBe('allow');
  });

  it('must be met in each policy that asks for one', () => {
    const policies = [
      policyOf({ id: 'a', annotations: new Map([['build', '7']]) }),
      policyOf({ id: 'b', annotations: new Map([['stage', 'prod']]) }),
    ];
    const decide = (annotations: Members) => decideOn([legacyWith(annotations)], { policies });
    expect(decide({ build: '7', stage: 'prod' }).kind).toBe('allow');
    expect(decide({ build: '7' })).toMatchObject({ code: 'ANNOTATION_MISMATCH' });
    expect(decide({ stage: 'prod' })).toMatchObject({ code: 'ANNOTATION_MISMATCH' });
  });

  it('makes nothing of a signature by a stranger, whatever it carries', () => {
    const candidate = legacyWith(BUILD, signerOf('P-256', 'stranger'));
    expect(decideWith(BUILD, [candidate])).toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect(decideWith({ build: '8' }, [candidate])).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });
});

describe('the denial', () => {
  const disabled = signerOf('P-256', 'disabled');
  const trust = trustIn([versionOf(), versionOf(disabled, { state: 'disabled', reason: 'off' })]);

  it('says which annotation, what it is, and what it must be', () => {
    const message = (annotations: Members) =>
      decideWith(BUILD, [legacyWith(annotations)]) as { message?: string };
    expect(message({}).message).toMatch(/annotation "build" is not signed, and must be "7"$/u);
    expect(message({ build: '8' }).message).toMatch(/annotation "build" is "8", and must be "7"$/u);
  });

  it('cannot be made to look like two lines by what was signed', () => {
    const verdict = decideWith(BUILD, [legacyWith({ build: '8\nALLOW' })]);
    expect((verdict as { message: string }).message).not.toContain('\n');
  });

  it('is for the state of the key where that key signed all that is asked for', () => {
    expect(decideWith(BUILD, [legacyWith({}), legacyWith(BUILD, disabled)], trust)).toMatchObject({
      code: 'KEY_DISABLED',
      restsOnKeyState: true,
    });
  });

  it('names a trusted key before one that is not, and says of that one both things', () => {
    const candidates = [legacyWith({}, disabled), legacyWith({})];
    for (const each of [candidates, candidates.toReversed()])
      expect(decideWith(BUILD, each, trust)).toMatchObject({
        code: 'ANNOTATION_MISMATCH',
        signedBy: { fingerprint: signerOf().fingerprint },
      });
    const alone = decideWith(BUILD, [legacyWith({}, disabled)], trust);
    expect(alone).toMatchObject({ code: 'ANNOTATION_MISMATCH', restsOnKeyState: false });
    expect(alone).toMatchObject({
      message: expect.stringContaining('nor is that key trusted: off'),
    });
  });

  it('is none where the key expired, which its key set trusts all the same', () => {
    const expired = trustIn([versionOf(signerOf(), { expiresOn: daysFromNow(-1) })]);
    expect(decideWith(BUILD, [legacyWith(BUILD)], expired)).toMatchObject({
      kind: 'allow',
      warnings: [expect.stringContaining('expired')],
    });
  });
});

describe('a trial that was not made', () => {
  const policies = [policyOf({ annotations: new Map(Object.entries(BUILD)) })];

  it('on a signature that has the annotation leaves the answer open', () => {
    const verdict = decideOn([legacyWith(BUILD)], { policies, verifies: () => 'unknown' });
    expect(verdict).toMatchObject({ kind: 'unavailable', code: 'LIMIT_CPU' });
  });

  it('on one that lacks it does not: no key could make it count', () => {
    const verdict = decideOn([legacyWith({})], { policies, verifies: () => 'unknown' });
    expect(verdict.kind).toBe('deny');
  });
});
