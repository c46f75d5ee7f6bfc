import { describe, expect, it } from '@jest/globals';
import type { TrustView } from '../../../../core/keys/trust-view.ts';
import type { TagResolution } from '../../../../webhook/evidence/tag-resolver.ts';
import { IMAGE } from '../../../support/reviews.ts';
import { bundle, DIGEST, legacy, OTHER_DIGEST, REPOSITORY } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { policyOf, revocationOf, unread, versionOf } from '../../../support/trust.ts';
import { createSetup, PASSED, UNASKED } from './setup.ts';

describe('a pinned image', () => {
  it('with a signature by a trusted version is allowed, by its digest', async () => {
    for (const candidate of [legacy(), bundle()]) {
      const { judge, source } = createSetup();
      source.candidates = [candidate];
      expect(await judge()).toMatchObject({ kind: 'allow', digest: DIGEST });
    }
  });

  it('with a tag beside the digest is judged by the digest, and the tag is not asked for (B-10)', async () => {
    const { judge, source, tagged } = createSetup();
    await judge({ image: `${REPOSITORY}:v1@${DIGEST}` });
    expect(source.asked).toMatchObject([{ digest: DIGEST }]);
    expect(tagged).toEqual([]);
  });

  it('without a signature is denied', async () => {
    const { judge } = createSetup();
    expect(await judge()).toMatchObject({ kind: 'deny', code: 'NO_SIGNATURE', digest: DIGEST });
  });

  it('whose registry does not answer is unavailable, with the reason', async () => {
    const { judge, source } = createSetup();
    source.candidates = [unread()];
    expect(await judge()).toMatchObject({
      kind: 'unavailable',
      code: 'REGISTRY_TIMEOUT',
      message: 'no answer in time',
      remedy: expect.stringMatching(/^retry/u),
    });
  });

  it('is not denied for the lack of a signature that could not be read', async () => {
    const { judge, source } = createSetup();
    source.candidates = [legacy({ signer: signerOf('P-256', 'stranger') }), unread()];
    expect(await judge()).toMatchObject({ kind: 'unavailable', code: 'REGISTRY_TIMEOUT' });
    const other = createSetup();
    other.source.candidates = [legacy(), unread()];
    expect(await other.judge()).toMatchObject({ kind: 'allow' });
  });

  it('with a signature of another image is not allowed (B-05)', async () => {
    const { judge, source } = createSetup();
    source.candidates = [legacy({ digest: OTHER_DIGEST })];
    expect(await judge()).toMatchObject({ kind: 'deny', digest: DIGEST });
  });

  it('whose fetch takes longer than the review may is unavailable', async () => {
    const { judge, source } = createSetup();
    const release = source.hold();
    expect(await judge({ deadline: PASSED })).toMatchObject({
      kind: 'unavailable',
      code: 'DEADLINE',
    });
    release();
  });
});

describe('what a registry has no say in', () => {
  it.each([
    ['no policy', [], 'NO_POLICY'],
    ['a policy for other images', [policyOf({ scopes: ['fabrikam.azurecr.io/*'] })], 'NO_POLICY'],
    ["another namespace's policy", [policyOf({ namespace: 'other' })], 'NO_POLICY'],
    ['a tenant policy alone', [policyOf({ namespace: 'team' })], 'NO_POLICY'],
    ['a policy without a key set', [policyOf({ keySets: [] })], 'KEY_UNKNOWN'],
    [
      'an unsupported policy',
      [policyOf({ unsupported: { code: 'KEYLESS_UNSUPPORTED', detail: 'keyless' } })],
      'KEYLESS_UNSUPPORTED',
    ],
    [
      'an unsupported policy beside a good one',
      [policyOf(), policyOf({ id: 'x', unsupported: { code: 'TLOG_UNSUPPORTED', detail: 'x' } })],
      'TLOG_UNSUPPORTED',
    ],
  ])('is answered without asking one: %s', async (_, policies, code) => {
    const { judge, source } = createSetup();
    source.candidates = [legacy()];
    const verdict = await judge({ deadline: UNASKED }, { policies });
    expect(verdict).toMatchObject({ kind: 'deny', code, digest: DIGEST });
    expect(source.asked).toEqual([]);
  });

  it.each(['', 'Nginx', 'a b', 'user@host/app', `${REPOSITORY}@sha256:abc`, 'a//b', '-'])(
    'is an image that is no reference: %j',
    async (image) => {
      const { judge, source, tagged } = createSetup();
      const verdict = await judge({ image, deadline: UNASKED });
      expect(verdict).toMatchObject({ kind: 'deny', code: 'REF_INVALID', digest: undefined });
      expect([source.asked, tagged]).toEqual([[], []]);
    },
  );

  it('is a digest of a kind that nobody verifies', async () => {
    const { judge } = createSetup();
    const image = `${REPOSITORY}@sha512:${'a1'.repeat(64)}`;
    expect(await judge({ image })).toMatchObject({ kind: 'deny', code: 'DIGEST_UNSUPPORTED' });
  });
});

describe('a tag', () => {
  it('on a Pod is denied even where it is signed: the node may pull another image (B-07)', async () => {
    const { judge, source } = createSetup();
    source.candidates = [legacy()];
    expect(await judge({ image: `${REPOSITORY}:v1` })).toMatchObject({
      kind: 'deny',
      code: 'TAG_NOT_PINNED',
      message: `${REPOSITORY}:v1 is not pinned to a digest: it is ${DIGEST} now and may be another image when the node pulls it`,
      digest: undefined,
    });
    expect(source.asked).toEqual([]);
  });

  it('that is not written is latest', async () => {
    const { judge, tagged } = createSetup();
    const verdict = await judge({ image: 'nginx' });
    expect(verdict).toHaveProperty(
      'message',
      expect.stringContaining('nginx:latest is not pinned'),
    );
    expect(tagged).toEqual(['docker.io/library/nginx:latest']);
  });

  it('of a workload is judged as it stands now', async () => {
    const { judge, source } = createSetup();
    const question = { image: `${REPOSITORY}:v1`, mustBePinned: false };
    source.candidates = [legacy()];
    expect(await judge(question)).toMatchObject({ kind: 'allow', digest: DIGEST });
    source.candidates = [];
    expect(await createSetup().judge(question)).toMatchObject({ kind: 'deny', digest: DIGEST });
  });

  it.each([true, false])(
    'that is not there is denied (must be pinned: %s)',
    async (mustBePinned) => {
      const { judge, state } = createSetup();
      state.tag = { kind: 'absent' };
      expect(await judge({ image: `${REPOSITORY}:v1`, mustBePinned })).toMatchObject({
        kind: 'deny',
        code: 'TAG_NOT_PINNED',
        message: expect.stringContaining('the registry has no such tag'),
      });
    },
  );

  it.each([true, false])(
    'that cannot be found out is unavailable (must be pinned: %s)',
    async (mustBePinned) => {
      const { judge, state, source } = createSetup();
      const slow: TagResolution = { kind: 'unavailable', code: 'REGISTRY_TIMEOUT', detail: 'slow' };
      state.tag = slow;
      expect(await judge({ image: `${REPOSITORY}:v1`, mustBePinned })).toMatchObject({
        kind: 'unavailable',
        code: 'REGISTRY_TIMEOUT',
        message: `could not find out what ${REPOSITORY}:v1 is: slow`,
      });
      expect(source.asked).toEqual([]);
    },
  );
});

describe('a fault of ours', () => {
  const broken = () => {
    throw new TypeError('secret');
  };

  it('is unavailable, logged, and not told to the user', async () => {
    const { judge, logger, source } = createSetup();
    source.candidates = [legacy()];
    const trust = {
      get keySets() {
        return broken();
      },
    } as unknown as TrustView;
    const verdict = await judge({ snapshot: { trust, policies: [policyOf()] } });
    expect(verdict).toMatchObject({ kind: 'unavailable', code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(verdict)).not.toContain('secret');
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { error: { message: 'secret' } } },
    ]);
  });

  it('in the deadline is unavailable too', async () => {
    const { judge } = createSetup();
    expect(await judge({ deadline: { signal: broken, dispose: () => undefined } })).toMatchObject({
      kind: 'unavailable',
      code: 'INTERNAL_ERROR',
    });
  });
});

describe('signature trials', () => {
  const versions = Array.from({ length: 4 }, (_, index) =>
    versionOf(signerOf('P-521', `many ${index}`), { version: `0${index}` }),
  );

  it('are made once for all answers from the same evidence', async () => {
    const { judge, source, trials } = createSetup();
    source.candidates = [legacy()];
    for (let count = 0; count < 5; count += 1) await judge();
    expect(trials).toHaveLength(1);
  });

  it('beyond half a second of CPU for one answer leave it unknown, and the next goes on (LIMIT_CPU)', async () => {
    const { judge, source, trials } = createSetup();
    source.candidates = Array.from({ length: 100 }, () =>
      legacy({ signer: signerOf('P-256', 'stranger') }),
    );
    const ask = () => judge({}, { versions });
    expect(await ask()).toMatchObject({ kind: 'unavailable', code: 'LIMIT_CPU' });
    expect(trials.length).toBeLessThan(400);
    expect(await ask()).toMatchObject({ kind: 'deny', code: 'SIGNATURE_INVALID' });
    expect(trials).toHaveLength(400);
  });
});

describe('trust', () => {
  it('is that of the snapshot asked with: the same evidence, another answer', async () => {
    const { judge, source } = createSetup();
    source.candidates = [legacy()];
    expect(await judge()).toMatchObject({ kind: 'allow' });
    const version = { name: 'cosign-key', version: versionOf().version };
    const key = { vaultUri: 'https://contoso.vault.azure.net', ...version };
    const revoked = await judge({ deadline: UNASKED }, { revocations: [revocationOf({ key })] });
    expect(revoked).toMatchObject({ kind: 'deny', code: 'KEY_REVOKED' });
    expect(await judge({ deadline: UNASKED }, { versions: [] })).toMatchObject({ kind: 'deny' });
    expect(await judge({ deadline: UNASKED })).toMatchObject({ kind: 'allow' });
    expect(source.asked).toHaveLength(1);
  });

  it('names the image as the user wrote it', async () => {
    const { judge } = createSetup();
    const verdict = await judge();
    expect(verdict).toHaveProperty('message', expect.stringContaining(IMAGE));
  });
});
