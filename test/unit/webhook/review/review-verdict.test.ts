import { describe, expect, it } from '@jest/globals';
import type { Verdict } from '../../../../core/verdict/verdict.ts';
import {
  answerImages,
  answerRefusal,
  type JudgedImage,
} from '../../../../webhook/review/review-verdict.ts';
import { DIGEST, OTHER_DIGEST } from '../../../support/signatures.ts';
import { allowed, denied, unavailable, VOUCHER } from '../../../support/verdicts.ts';

function judged(verdict: Verdict, container = 'app', digest?: string): JudgedImage {
  const found = { path: '/spec/containers/0/image', container, image: 'as/written' };
  return { found, verdict, ...(digest === undefined ? {} : { digest }) };
}

function linesOf({ status }: ReturnType<typeof answerImages>): readonly string[] {
  return (status?.message ?? '').split('\n');
}

describe('in a namespace that denies', () => {
  it('a review is allowed when every image is', () => {
    const answer = answerImages('u', [judged(allowed()), judged(allowed())], 'deny');
    expect(answer).toMatchObject({ uid: 'u', allowed: true, warnings: [] });
    expect(answer).not.toHaveProperty('status');
  });

  it.each([
    ['denied', [allowed(), denied(), allowed()], 403, 'Forbidden'],
    ['not found out', [unavailable(), allowed()], 503, 'ServiceUnavailable'],
    ['denied and another not found out', [unavailable(), denied()], 403, 'Forbidden'],
  ])('one image that is %s refuses the whole review', (_, verdicts, code, reason) => {
    const images = verdicts.map((verdict) => judged(verdict));
    expect(answerImages('u', images, 'deny')).toMatchObject({
      uid: 'u',
      allowed: false,
      status: { status: 'Failure', code, reason },
    });
  });

  it('each refused image has one line: which, why, and what to do', () => {
    const images = [
      judged(denied(), 'app'),
      judged(allowed(), 'good'),
      judged(unavailable(), 'db'),
    ];
    expect(linesOf(answerImages('u', images, 'deny'))).toEqual([
      'container "app": NO_SIGNATURE: it is not signed. To do: sign it',
      'container "db": REGISTRY_TIMEOUT: the registry did not answer. To do: retry',
    ]);
  });

  it('ten refused images are shown, and the rest is counted', () => {
    const refused = (count: number) => Array.from({ length: count }, () => judged(denied()));
    expect(linesOf(answerImages('u', refused(10), 'deny'))).toHaveLength(10);
    expect(linesOf(answerImages('u', refused(11), 'deny')).slice(10)).toEqual([
      'and 1 more image is refused',
    ]);
    expect(linesOf(answerImages('u', refused(500), 'deny')).slice(10)).toEqual([
      'and 490 more images are refused',
    ]);
  });

  it.each(['\n', '\r\n', '\u0085', '\u2028', '\u001B[2J', '\u202E', '\0'])(
    'no text from outside can begin a line of its own or drive a terminal: %j',
    (evil) => {
      const said = { message: `bad${evil}ALLOWED`, remedy: `do${evil}this` };
      const images = [
        judged(denied(said), `name${evil}forged`),
        judged(allowed({ warnings: [`key${evil}name`] })),
      ];
      for (const enforcement of ['deny', 'warn'] as const) {
        const answer = answerImages('u', images, enforcement);
        expect(linesOf(answer)).toHaveLength(1);
        for (const line of [...linesOf(answer), ...(answer.warnings ?? [])])
          // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
          expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u202E]/u);
      }
    },
  );
});

describe('in a namespace that warns', () => {
  it('everything is allowed, and each refusal is a warning', () => {
    const images = [judged(denied()), judged(allowed()), judged(unavailable(), 'db')];
    const answer = answerImages('u', images, 'warn');
    expect(answer).toMatchObject({ uid: 'u', allowed: true });
    expect(answer).not.toHaveProperty('status');
    expect(answer.warnings).toEqual([
      'keyward would refuse: container "app": NO_SIGNATURE: it is not signed. To do: sign it',
      expect.stringMatching(/^keyward would refuse: container "db": REGISTRY_TIMEOUT: /u),
    ]);
  });

  it('ten are shown here too', () => {
    const images = Array.from({ length: 12 }, () => judged(denied()));
    const { warnings } = answerImages('u', images, 'warn');
    expect(warnings).toHaveLength(11);
    expect(warnings?.at(-1)).toBe('and 2 more images are refused');
  });
});

describe('warnings of an allow', () => {
  it.each(['deny', 'warn'] as const)('are passed on where the namespace has %s', (enforcement) => {
    const images = [judged(allowed({ warnings: ['the key expired'] }), 'app'), judged(allowed())];
    expect(answerImages('u', images, enforcement)).toMatchObject({
      allowed: true,
      warnings: ['keyward: "app": the key expired'],
    });
  });

  it('are passed on beside a refusal', () => {
    const images = [judged(allowed({ warnings: ['the key expired'] })), judged(denied())];
    expect(answerImages('u', images, 'deny').warnings).toEqual(['keyward: "app": the key expired']);
    expect(answerImages('u', images, 'warn').warnings).toHaveLength(2);
  });
});

describe('audit annotations', () => {
  it('of an allow name the digest and the key version that vouched', () => {
    const { auditAnnotations } = answerImages('u', [judged(allowed(), 'app', DIGEST)], 'deny');
    expect(auditAnnotations).toEqual({
      verdict: 'allow',
      key: 'azurekms://contoso.vault.azure.net/cosign-key/3f9a0000000000000000000000000001',
      digest: DIGEST,
    });
  });

  it('name an inline key, which has no version, by its fingerprint', () => {
    const inline = { ...VOUCHER, vaultUri: '', name: '', version: '' };
    const images = [judged(allowed({ vouchedBy: [inline] }))];
    expect(answerImages('u', images, 'deny').auditAnnotations).toMatchObject({
      key: VOUCHER.fingerprint,
    });
  });

  it.each(['deny', 'warn'] as const)('tell the worst verdict and every code once: %s', (word) => {
    const images = [
      judged(unavailable(), 'a'),
      judged(denied(), 'b', DIGEST),
      judged(denied(), 'c', OTHER_DIGEST),
      judged(allowed(), 'd', DIGEST),
    ];
    expect(answerImages('u', images, word).auditAnnotations).toEqual({
      verdict: 'deny',
      code: 'REGISTRY_TIMEOUT,NO_SIGNATURE',
      key: 'azurekms://contoso.vault.azure.net/cosign-key/3f9a0000000000000000000000000001',
      digest: `${DIGEST},${OTHER_DIGEST}`,
    });
  });

  it('of what could not be found out say unavailable', () => {
    expect(answerImages('u', [judged(unavailable())], 'deny').auditAnnotations).toEqual({
      verdict: 'unavailable',
      code: 'REGISTRY_TIMEOUT',
    });
  });

  it('are bounded, however many images a pod has', () => {
    const images = Array.from({ length: 500 }, (_, index) =>
      judged(allowed(), 'app', `sha256:${String(index).padStart(64, '0')}`),
    );
    const { auditAnnotations } = answerImages('u', images, 'deny');
    expect(auditAnnotations?.['digest']?.split(',')).toHaveLength(32);
  });
});

describe('a review that could not be judged image by image', () => {
  it.each([
    [denied({ code: 'REVIEW_MALFORMED' }), 403],
    [unavailable({ code: 'NOT_READY' }), 503],
  ])('is refused in a namespace that denies', (refusal, code) => {
    const message = `${refusal.code}: ${refusal.message}. To do: ${refusal.remedy}`;
    expect(answerRefusal('u', refusal, 'deny')).toMatchObject({
      uid: 'u',
      allowed: false,
      status: { code, message },
      auditAnnotations: { verdict: refusal.kind, code: refusal.code },
    });
  });

  it('is a warning in a namespace that warns', () => {
    expect(answerRefusal('u', unavailable(), 'warn')).toMatchObject({
      allowed: true,
      warnings: [expect.stringMatching(/^keyward would refuse: REGISTRY_TIMEOUT: /u)],
      auditAnnotations: { verdict: 'unavailable', code: 'REGISTRY_TIMEOUT' },
    });
  });

  it('is told in one line', () => {
    const { status } = answerRefusal('u', denied({ message: 'a\nb' }), 'deny');
    expect(status?.message).not.toContain('\n');
  });
});
