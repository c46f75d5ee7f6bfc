/** Registries that show one thing to who verifies and another to who runs. */
import { describe, expect, it, jest } from '@jest/globals';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createJudge } from '../../../../webhook/decide/judge-image.ts';
import { createEvidenceCache } from '../../../../webhook/evidence/evidence-cache.ts';
import { createEvidenceMetrics } from '../../../../webhook/evidence/evidence-metrics.ts';
import { fetchEvidence } from '../../../../webhook/evidence/fetch-evidence.ts';
import { createTagResolver } from '../../../../webhook/evidence/tag-resolver.ts';
import { createVerificationMemo } from '../../../../webhook/evidence/verification-memo.ts';
import { createDeadline } from '../../../../webhook/server/deadline.ts';
import { signImage } from '../../../../sandbox/signer/sign-image.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { policyOf, trustIn, versionOf } from '../../../support/trust.ts';
import { createSigningKey } from '../../../contract/signing-key.ts';
import { loadPublicKey } from '../../../../core/keys/public-key.ts';
import { startPair } from '../../platform/registry/setup.ts';
import { failureOf } from '../../platform/registry/hostile.ts';

jest.setTimeout(30_000);

const key = createSigningKey({ kty: 'EC', curve: 'P-256' });
const loaded = loadPublicKey({ pem: key.publicKeyPem });
if (!loaded.ok) throw new Error(loaded.detail);
const { fingerprint } = loaded.key;
const vouching = versionOf(undefined, { fingerprint, publicKeyPem: key.publicKeyPem });
const snapshot = { trust: trustIn([vouching]), policies: [policyOf({ scopes: ['*'] })] };

/** The judge and the resolver of tags as the webhook has them, over a registry with a signed image and an unsigned one. */
async function startWorld() {
  const pair = await startPair();
  const { client: registry, server, ref, clock } = pair;
  const signed = server.pushImage('team/app', 'signed', { content: 'signed' });
  const unsigned = server.pushImage('team/app', 'unsigned', { content: 'unsigned' });
  const sign = (digest: string) =>
    signImage({
      registry: server,
      repository: 'team/app',
      digest,
      format: 'legacy',
      now: clock.now(),
      signer: key,
    });
  await sign(signed.digest);
  const move = (digest: string) => {
    const manifest = server.readManifest('team/app', digest);
    if (manifest === undefined) throw new Error('not there');
    server.pushManifest('team/app', 'v1', manifest);
  };
  move(signed.digest);
  const tags = createTagResolver({ registry, clock });
  const between = { happen: (): void => undefined };
  const judge = createJudge({
    cache: createEvidenceCache({
      clock,
      metrics: createEvidenceMetrics(createMetrics()),
      maxBytes: 1024 * 1024,
      fetch: ({ digest, ...repository }, signal) => {
        between.happen();
        return fetchEvidence({ registry, repository, digest, clock, signal });
      },
    }),
    memo: createVerificationMemo(),
    tags,
    clock,
    logger: createRecordingLogger(),
  });
  return Object.assign(pair, {
    signed: signed.digest,
    unsigned: unsigned.digest,
    sign,
    move,
    between,
    resolve: () => tags.resolveTag(ref, 'v1'),
    judge: async (image: string) => {
      const deadline = createDeadline(20_000);
      const judged = await judge({
        image: `${server.host}/team/app${image}`,
        namespace: 'team',
        mustBePinned: false,
        snapshot,
        deadline,
      });
      deadline.dispose();
      return judged;
    },
    tagQuestions: () =>
      server.requests().list.filter(({ path }) => path.endsWith('/manifests/v1')).length,
  });
}

describe('a tag that moves', () => {
  it('between what pins it and what verifies it is one digest to both: it is asked for once (B-01)', async () => {
    await using world = await startWorld();
    const pinned = await world.resolve();
    world.move(world.unsigned);
    const { digest, verdict } = await world.judge(':v1');
    expect(pinned).toEqual({ kind: 'digest', digest });
    expect(verdict.kind).toBe('allow');
    expect(world.tagQuestions()).toBe(1);
  });

  it('while its evidence is fetched changes nothing: the verdict is on the digest that it had (A144)', async () => {
    await using world = await startWorld();
    world.between.happen = () => {
      world.move(world.unsigned);
    };
    expect(await world.judge(':v1')).toMatchObject({
      verdict: { kind: 'allow' },
      digest: world.signed,
    });
  });

  it('after it was verified runs as it was verified: that digest is what the answer names (A28)', async () => {
    await using world = await startWorld();
    const before = await world.judge(':v1');
    world.move(world.unsigned);
    world.clock.advance(5001);
    const after = await world.judge(':v1');
    expect([before.digest, after.digest]).toEqual([world.signed, world.unsigned]);
    expect([before.verdict.kind, after.verdict.kind]).toEqual(['allow', 'deny']);
    expect((await world.judge(`@${before.digest ?? ''}`)).verdict.kind).toBe('allow');
  });

  it('beside a digest is not even asked for (A142)', async () => {
    await using world = await startWorld();
    world.move(world.unsigned);
    const judged = await world.judge(`:v1@${world.signed}`);
    expect(judged).toMatchObject({ verdict: { kind: 'allow' }, digest: world.signed });
    expect(world.tagQuestions()).toBe(0);
  });

  it('back to an older signed image is allowed, and named: freshness is no claim of a signature (B-04)', async () => {
    await using world = await startWorld();
    const newer = world.server.pushImage('team/app', 'v1', { content: 'newer' });
    await world.sign(newer.digest);
    expect((await world.judge(':v1')).digest).toBe(newer.digest);
    world.move(world.signed);
    world.clock.advance(5001);
    expect(await world.judge(':v1')).toMatchObject({
      verdict: { kind: 'allow' },
      digest: world.signed,
    });
  });
});

describe('a digest', () => {
  it('under which the registry has another manifest is none that we know (A26)', async () => {
    await using world = await startWorld();
    const body = world.server.readManifest('team/app', world.signed)?.bytes ?? Buffer.of();
    world.server.faults.set(
      { kind: 'rubbish', body: Buffer.from(body).toString() },
      { path: world.unsigned },
    );
    const question = world.client.fetchManifest(world.ref, world.unsigned);
    expect(await failureOf(question)).toMatchObject({ code: 'CONTENT_DIGEST_MISMATCH' });
  });

  it('to pin is our own hash: a header that names a signed one pins nothing (A27)', async () => {
    await using world = await startWorld();
    world.move(world.unsigned);
    const headers = { 'docker-content-digest': world.signed, etag: `"${world.signed}"` };
    world.server.faults.set({ kind: 'headers', headers });
    expect(await world.resolve()).toEqual({ kind: 'digest', digest: world.unsigned });
  });

  it('that a hostile registry dictates by header gets no verdict of another’s (B-02)', async () => {
    await using world = await startWorld();
    world.move(world.unsigned);
    const headers = { 'docker-content-digest': world.signed };
    world.server.faults.set({ kind: 'headers', headers });
    expect(await world.judge(':v1')).toMatchObject({
      verdict: { kind: 'deny', code: 'NO_SIGNATURE' },
      digest: world.unsigned,
    });
  });
});
