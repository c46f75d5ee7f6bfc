import { describe, expect, it } from '@jest/globals';
import type { ImageQuestion } from '../../../../webhook/decide/judge-image.ts';
import type { EnforcementAnswer } from '../../../../webhook/review/enforcement.ts';
import { createValidate, type ValidateOptions } from '../../../../webhook/review/validate.ts';
import { createDeadline } from '../../../../webhook/server/deadline.ts';
import type { TrustSnapshot } from '../../../../webhook/trust/build-snapshot.ts';
import { DIGEST } from '../../../support/signatures.ts';
import {
  IMAGE,
  OTHER_IMAGE,
  objectOf,
  podOf,
  podSpecOf,
  requestOf,
} from '../../../support/reviews.ts';
import { allowed, denied, unavailable } from '../../../support/verdicts.ts';

const SNAPSHOT: TrustSnapshot = { trust: { keySets: new Map() }, policies: [] };
const ENFORCED = {
  deny: { kind: 'known', enforcement: 'deny' },
  warn: { kind: 'known', enforcement: 'warn' },
  off: { kind: 'known', enforcement: 'off' },
  unknown: { kind: 'unknown', detail: 'namespace team could not be read' },
  typo: { kind: 'known', enforcement: 'deny', note: 'the label is none of these' },
} as const satisfies Record<string, EnforcementAnswer>;

function createSetup(options: Partial<ValidateOptions> & { enforced?: EnforcementAnswer } = {}) {
  const { enforced = ENFORCED.deny, ...rest } = options;
  const asked: ImageQuestion[] = [];
  const told: unknown[] = [];
  const judge = rest.judge ?? (async () => ({ verdict: allowed(), digest: DIGEST }));
  const validate = createValidate({
    findEnforcement: () => enforced,
    snapshot: () => SNAPSHOT,
    missing: () => [],
    onJudged: (judged) => told.push(['judged', judged.map(({ verdict }) => verdict.kind)]),
    onRefused: ({ code }) => told.push(['refused', code]),
    onFault: (error) => told.push(['fault', String(error)]),
    ...rest,
    judge: (question) => {
      asked.push(question);
      return judge(question);
    },
  });
  const answer = (overrides: Parameters<typeof requestOf>[0] = {}) =>
    validate('u', requestOf(overrides), createDeadline(1000));
  return { answer, asked, told };
}

describe('a request that starts no image', () => {
  it.each([
    ['DELETE', { operation: 'DELETE', object: undefined }],
    ['CONNECT', { operation: 'CONNECT', object: undefined }],
    ['an UPDATE that changes no image', { operation: 'UPDATE', oldObject: podOf([IMAGE]) }],
  ])('is allowed without a verdict, in any namespace: %s', async (_, request) => {
    for (const enforced of Object.values(ENFORCED)) {
      const { answer, asked, told } = createSetup({ enforced, missing: () => ['keysets'] });
      expect(await answer(request)).toEqual({ uid: 'u', allowed: true });
      expect([asked, told]).toEqual([[], []]);
    }
  });
});

describe('where nothing is enforced', () => {
  it('everything is allowed and nobody is asked', async () => {
    const { answer, asked, told } = createSetup({ enforced: ENFORCED.off });
    expect(await answer()).toEqual({ uid: 'u', allowed: true });
    expect(await answer({ object: null })).toEqual({ uid: 'u', allowed: true });
    expect([asked, told]).toEqual([[], []]);
  });
});

describe('where it denies', () => {
  it('one image that is not allowed refuses the review', async () => {
    const judge = async ({ image }: ImageQuestion) => ({
      verdict: image === IMAGE ? allowed() : denied(),
    });
    const { answer, told } = createSetup({ judge });
    expect(await answer({ object: podOf([IMAGE]) })).toMatchObject({ allowed: true });
    expect(await answer({ object: podOf([IMAGE, OTHER_IMAGE]) })).toMatchObject({
      uid: 'u',
      allowed: false,
      status: { code: 403 },
    });
    expect(told).toEqual([
      ['judged', ['allow']],
      ['judged', ['allow', 'deny']],
    ]);
  });

  it.each([0, 1, 2, 3, 4])(
    'no good image ends the look at the others: the bad one at %d of five (B-59)',
    async (bad) => {
      const images = Array.from({ length: 5 }, (_, index) =>
        index === bad ? OTHER_IMAGE : `good/${index}`,
      );
      const judge = async ({ image }: ImageQuestion) => ({
        verdict: image === OTHER_IMAGE ? denied() : allowed(),
      });
      const { answer, asked } = createSetup({ judge });
      expect(await answer({ object: podOf(images) })).toMatchObject({
        allowed: false,
        status: { message: expect.stringContaining(`container "c${bad}"`) },
      });
      expect(asked).toHaveLength(5);
    },
  );

  it('an image in every place of the pod is judged, the same one once', async () => {
    const { answer, asked } = createSetup();
    const object = podOf(['a', 'b', 'a'], {
      initContainers: [{ image: 'a' }, { image: 'c' }],
      ephemeralContainers: [{ image: 'd' }],
      volumes: [{ image: { reference: 'e' } }],
    });
    const { auditAnnotations } = await answer({ object });
    expect(asked.map(({ image }) => image)).toEqual(['a', 'c', 'b', 'd', 'e']);
    expect(auditAnnotations).toMatchObject({ verdict: 'allow', digest: DIGEST });
  });

  it('one refusal of an image stands for each container that names it', async () => {
    const { answer } = createSetup({ judge: async () => ({ verdict: denied() }) });
    const { status } = await answer({ object: podOf([IMAGE, IMAGE]) });
    expect(status?.message.split('\n').map((line) => line.slice(0, 14))).toEqual([
      'container "c0"',
      'container "c1"',
    ]);
  });

  it('the judge learns the namespace, whether it is a Pod, and one snapshot for all (K-06)', async () => {
    let built = 0;
    const snapshot = () => {
      built += 1;
      return { ...SNAPSHOT };
    };
    const { answer, asked } = createSetup({ snapshot });
    await answer({ object: podOf(['a', 'b']) });
    await answer({ kind: 'Deployment', object: objectOf('Deployment', podSpecOf(['a'])) });
    expect(asked).toMatchObject([
      { image: 'a', namespace: 'team', mustBePinned: true },
      { image: 'b', namespace: 'team', mustBePinned: true },
      { image: 'a', namespace: 'team', mustBePinned: false },
    ]);
    expect(asked[0]?.snapshot).toBe(asked[1]?.snapshot);
    expect(built).toBe(2);
  });

  it('images are judged side by side, and each keeps its own verdict', async () => {
    const slow = Promise.withResolvers<undefined>();
    const judge = async ({ image }: ImageQuestion) => {
      if (image === 'slow') await slow.promise;
      else slow.resolve(undefined);
      return { verdict: image === 'slow' ? unavailable() : allowed() };
    };
    const { answer } = createSetup({ judge });
    expect(await answer({ object: podOf(['slow', 'quick']) })).toMatchObject({
      allowed: false,
      status: { code: 503, message: expect.stringMatching(/^container "c0": .*$/u) },
    });
  });

  it('a malformed object is refused', async () => {
    const { answer, asked, told } = createSetup();
    expect(await answer({ object: { kind: 'Pod' } })).toMatchObject({
      allowed: false,
      status: { code: 403, message: expect.stringMatching(/^REVIEW_MALFORMED: /u) },
    });
    expect(await answer({ operation: 'PATCH' })).toMatchObject({ allowed: false });
    expect(asked).toEqual([]);
    expect(told).toEqual([
      ['refused', 'REVIEW_MALFORMED'],
      ['refused', 'REVIEW_MALFORMED'],
    ]);
  });

  it('nothing is judged before everything was read', async () => {
    const { answer, asked, told } = createSetup({ missing: () => ['keysets', 'verifiers'] });
    expect(await answer()).toMatchObject({
      allowed: false,
      status: {
        code: 503,
        message: expect.stringMatching(/^NOT_READY: keyward has not read keysets, verifiers yet/u),
      },
    });
    expect(asked).toEqual([]);
    expect(told).toEqual([['refused', 'NOT_READY']]);
  });
});

describe('where it warns', () => {
  it.each<[string, Partial<ValidateOptions>, Parameters<typeof requestOf>[0], string]>([
    ['a denied image', { judge: async () => ({ verdict: denied() }) }, {}, 'NO_SIGNATURE'],
    ['one not found out', { judge: async () => ({ verdict: unavailable() }) }, {}, 'REGISTRY_'],
    ['a malformed object', {}, { object: {} }, 'REVIEW_MALFORMED'],
    ['a replica that is not ready', { missing: () => ['keysets'] }, {}, 'NOT_READY'],
    ['a fault of ours', { judge: () => Promise.reject(new Error('x')) }, {}, 'INTERNAL_ERROR'],
  ])('%s is allowed with a warning', async (_, options, request, code) => {
    const { answer } = createSetup({ ...options, enforced: ENFORCED.warn });
    const { allowed: isAllowed, warnings } = await answer(request);
    expect(isAllowed).toBe(true);
    expect(warnings).toEqual([expect.stringContaining(code)]);
    expect(warnings?.[0]).toMatch(/^keyward would refuse: /u);
  });
});

describe('a namespace that is not known', () => {
  it('denies, and no image is judged (B-58)', async () => {
    const { answer, asked, told } = createSetup({ enforced: ENFORCED.unknown });
    for (const request of [{}, { object: {} }])
      expect(await answer(request)).toMatchObject({
        allowed: false,
        status: { code: 503, message: expect.stringMatching(/^NAMESPACE_UNKNOWN: /u) },
      });
    expect(asked).toEqual([]);
    expect(told[0]).toEqual(['refused', 'NAMESPACE_UNKNOWN']);
  });
});

describe('a label that is no such word', () => {
  it('is told as a warning beside every answer', async () => {
    const note = 'keyward: the label is none of these';
    const enforced = ENFORCED.typo;
    const bad = { enforced, judge: async () => ({ verdict: denied() }) };
    const faulty = { enforced, judge: () => Promise.reject(new Error('x')) };
    const unready = { enforced, missing: () => ['keysets'] };
    for (const [options, isAllowed] of [
      [{ enforced }, true],
      [bad, false],
      [faulty, false],
      [unready, false],
    ] as const)
      expect(await createSetup(options).answer()).toMatchObject({
        allowed: isAllowed,
        warnings: [note],
      });
  });
});

describe('a fault of ours', () => {
  it.each<[string, Partial<ValidateOptions>]>([
    ['in the judge', { judge: () => Promise.reject(new Error('broken')) }],
    [
      'in the judge, thrown at once',
      {
        judge: () => {
          throw new Error('broken');
        },
      },
    ],
    [
      'in the snapshot',
      {
        snapshot: () => {
          throw new Error('broken');
        },
      },
    ],
    [
      'in what logs the verdicts',
      {
        onJudged: () => {
          throw new Error('broken');
        },
      },
    ],
  ])('refuses as unavailable where it denies: %s', async (_, options) => {
    const { answer, told } = createSetup(options);
    const response = await answer();
    expect(response).toMatchObject({ uid: 'u', allowed: false, status: { code: 503 } });
    expect(response.status?.message).toMatch(/^INTERNAL_ERROR: /u);
    expect(response.status?.message).not.toContain('broken');
    expect(told).toEqual([
      ['fault', 'Error: broken'],
      ['refused', 'INTERNAL_ERROR'],
    ]);
  });

  it('with one image spoils an allow of the others', async () => {
    const judge = ({ image }: ImageQuestion) =>
      image === 'bad' ? Promise.reject(new Error('x')) : Promise.resolve({ verdict: allowed() });
    const { answer } = createSetup({ judge });
    expect(await answer({ object: podOf(['good', 'bad']) })).toMatchObject({ allowed: false });
  });

  it('in finding the namespace is never an answer that allows', async () => {
    const findEnforcement = () => Promise.reject(new Error('broken'));
    await expect(createSetup({ findEnforcement }).answer()).rejects.toThrow('broken');
  });
});
