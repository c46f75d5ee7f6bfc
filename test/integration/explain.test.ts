/** `keyward explain` against stand-ins of the API server and a registry: one image with every kind of candidate. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Kube } from '../../platform/kube/kube.ts';
import { loadKube } from '../../platform/kube/load-kube.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import { startKubeApi, type KubeApi } from '../../sandbox/kube/kube-api.ts';
import { installKeyward } from '../../sandbox/setup.ts';
import type { Explanation } from '../../cli/commands/explain.ts';
import { keySetObject } from '../support/api-objects.ts';
import { OTHER_DIGEST, simpleSigning, statementOf } from '../support/signatures.ts';
import { signerOf, type Signer } from '../support/signing.ts';
import { versionOf } from '../support/trust.ts';
import { startVerifyWorld, type Pushed, type VerifyWorld } from './verify-setup.ts';

jest.setTimeout(120_000);

const [trusted, disabled, revoked, elsewhere, stranger] = [
  signerOf('P-256', 'trusted'),
  signerOf('P-256', 'disabled'),
  signerOf('P-256', 'revoked'),
  signerOf('P-384', 'elsewhere'),
  signerOf('P-256', 'stranger'),
] as [Signer, Signer, Signer, Signer, Signer];

let world: VerifyWorld;
let api: KubeApi;
let env: Readonly<Record<string, string>>;
/** With a signature of every kind; the good one in the middle. */
let image: Pushed;
/** The same, without the good one. */
let bad: Pushed;
beforeAll(async () => {
  world = await startVerifyWorld();
  api = await startKubeApi({ certificates: world.authority });
  const kubeconfig = await world.write('kubeconfig', api.kubeconfig());
  env = { KUBECONFIG: kubeconfig };
  const kube = await loadKube({ kubeconfig });
  await installKeyward(kube);
  await createTrust(kube);
  await kube.close();
  image = world.push('team/app');
  bad = world.push('team/bad');
  for (const each of [image, bad]) signBadly(each);
  world.sign(image, { format: 'legacy', signer: trusted });
});
afterAll(async () => {
  await api.close();
  await world[Symbol.asyncDispose]();
});

async function createTrust(kube: Kube): Promise<void> {
  const now = new Date().toISOString();
  const images = [`${world.registry.host}/team/*`];
  const off = { state: 'disabled', reason: 'disabled in the vault' } as const;
  const sets = [
    keySetObject({
      spec: { images },
      versions: [versionOf(trusted), versionOf(disabled, off), versionOf(revoked)],
    }),
    keySetObject({
      name: 'other',
      spec: { images: ['other.example/*'] },
      versions: [versionOf(elsewhere, { name: 'other-key' })],
    }),
  ];
  for (const { metadata, ...object } of sets) {
    const { name, namespace = '' } = metadata;
    const status = { ...(object['status'] as object), lastReconciledTime: now };
    await kube.create(RESOURCES.keySets, { ...object, metadata: { name, namespace } });
    await kube.patch(
      RESOURCES.keySets,
      { name, namespace, subresource: 'status' },
      { type: 'merge', body: { status } },
    );
  }
  await kube.create(RESOURCES.keyRevocations, {
    apiVersion: 'keyward.dev/v1alpha1',
    kind: 'KeyRevocation',
    metadata: { name: 'leak-1' },
    spec: { fingerprint: revoked.fingerprint, reason: 'leaked' },
  });
}

function signBadly(each: Pushed): void {
  const { digest } = each;
  world.sign(each, { format: 'legacy', signer: disabled });
  world.sign(each, { format: 'bundle', signer: revoked });
  world.sign(each, { format: 'bundle', signer: elsewhere });
  world.sign(each, { format: 'legacy', signer: stranger });
  world.sign(each, { format: 'legacy', signer: trusted, payload: simpleSigning(OTHER_DIGEST) });
  world.sign(each, { format: 'bundle', text: '{' });
  world.sign(each, { format: 'bundle', material: { publicKey: undefined, certificate: {} } });
  const attestation = { ...statementOf(digest), predicateType: 'https://slsa.dev/provenance/v1' };
  world.sign(each, { format: 'bundle', signer: trusted, statement: attestation });
}

const WHY = {
  KEY_DISABLED: 1,
  KEY_REVOKED: 1,
  SIGNATURE_INVALID: 2,
  CLAIM_DIGEST_MISMATCH: 1,
  JSON_MALFORMED: 1,
  BUNDLE_KEY_MATERIAL: 1,
  PREDICATE_TYPE: 1,
};

function count(codes: readonly (string | null)[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[String(code)] = (counts[String(code)] ?? 0) + 1;
  return counts;
}

async function explain(asked: string, ...args: readonly string[]) {
  const result = await world.run(['explain', '-o', 'json', ...args, asked], env);
  return { ...result, explanation: JSON.parse(result.stdout) as Explanation };
}

describe('keyward explain', () => {
  it('gives the verdict of the cluster, and every candidate with why it counts or not', async () => {
    const { code, stderr, explanation } = await explain(image.tagged);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(explanation).toMatchObject({
      image: image.tagged,
      digest: image.digest,
      verdict: 'allow',
      reason: null,
      namespace: 'default',
      policies: ['KeySet/keyward-system/prod'],
      vouchedBy: { fingerprint: trusted.fingerprint, name: 'cosign-key' },
    });
    expect(explanation.lookedAt).toHaveLength(2);
    const { candidates } = explanation;
    expect(count(candidates.map((each) => each.code))).toEqual({ ...WHY, null: 1 });
    const [good] = candidates.filter((each) => each.code === null);
    expect(good).toMatchObject({
      store: 'signature-tag',
      format: 'legacy',
      claims: { digest: image.digest },
      countsFor: ['KeySet/keyward-system/prod'],
      signedBy: { fingerprint: trusted.fingerprint },
    });
    const made = good?.keysTried.filter((key) => key.made === true);
    expect(made).toEqual([
      expect.objectContaining({ from: 'KeySet keyward-system/prod', trusted: true }),
    ]);
  });

  it('names of each candidate who made it, and where it was looked for', async () => {
    const { explanation } = await explain(image.tagged);
    const of = (code: string) => explanation.candidates.filter((each) => each.code === code);
    expect(of('KEY_DISABLED')[0]).toMatchObject({
      store: 'signature-tag',
      signedBy: { fingerprint: disabled.fingerprint },
      detail: 'disabled in the vault',
    });
    expect(of('KEY_REVOKED')[0]).toMatchObject({
      store: 'referrers',
      signedBy: { fingerprint: revoked.fingerprint },
      detail: expect.stringContaining('leak-1'),
    });
    const unsigned = of('SIGNATURE_INVALID');
    const [other] = unsigned.filter((each) => each.signedBy !== null);
    expect(other).toMatchObject({
      signedBy: { fingerprint: elsewhere.fingerprint, name: 'other-key' },
      detail: expect.stringContaining('KeySet keyward-system/other'),
    });
    const [nobody] = unsigned.filter((each) => each.signedBy === null);
    expect(nobody?.keysTried.map((key) => [key.fingerprint, key.made])).toEqual(
      expect.arrayContaining(
        [trusted, disabled, revoked, elsewhere].map((key) => [key.fingerprint, false]),
      ),
    );
    expect(nobody?.keysTried).toHaveLength(4);
  });

  it('denies with the reason that tells most, and the same candidates', async () => {
    const { code, explanation } = await explain(bad.pinned, '-n', 'team');
    expect(code).toBe(1);
    expect(explanation).toMatchObject({ verdict: 'deny', namespace: 'team', vouchedBy: null });
    expect(['KEY_DISABLED', 'KEY_REVOKED']).toContain(explanation.reason);
    expect(count(explanation.candidates.map((each) => each.code))).toEqual(WHY);
  });

  it('tells it to people in the same order', async () => {
    const { code, stdout, stderr } = await world.run(['explain', bad.tagged], env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(`DENY  ${bad.tagged}@${bad.digest}`);
    expect(lines[1]).toMatch(/^ {2}Why: KEY_(?:DISABLED|REVOKED): it is signed by cosign-key\/.+/u);
    expect(lines[2]).toMatch(/^ {2}To do: .+/u);
    expect(lines[3]).toBe('  Signatures found: 8');
    expect(stdout).toMatch(
      /\n {2}Seen from namespace default; .*\n {4}KeySet\/keyward-system\/prod\n/u,
    );
    expect(stdout).toMatch(/\n {2}Looked for signatures at:\n {4}.+\.sig\n {4}referrers of .+\n$/u);
    for (const reason of Object.keys(WHY)) expect(stdout).toContain(`does not count: ${reason}: `);
    expect(stdout).toContain('made by');
    expect(stdout).toContain('not made by');
  });

  it('of an image that no policy covers says so', async () => {
    const lone = world.push('lone');
    world.sign(lone, { format: 'legacy', signer: trusted });
    const { code, explanation } = await explain(lone.tagged);
    expect({ code, reason: explanation.reason, policies: explanation.policies }).toEqual({
      code: 1,
      reason: 'NO_POLICY',
      policies: [],
    });
    expect(explanation.candidates).toMatchObject([
      { code: 'NO_POLICY', signedBy: { fingerprint: trusted.fingerprint } },
    ]);
  });

  it('of a reference that is none is the denial that a pod gets', async () => {
    const { code, explanation } = await explain('Not/An:Image');
    expect(code).toBe(1);
    expect(explanation).toMatchObject({ verdict: 'deny', reason: 'REF_INVALID', candidates: [] });
  });

  it('does not know what a registry does not say, and tells what to do from here', async () => {
    const { code, explanation } = await explain(`${world.plainHost}/team/app:v1`);
    expect(code).toBe(3);
    expect(explanation).toMatchObject({
      verdict: 'unavailable',
      reason: 'REGISTRY_UNREACHABLE',
      remedy: 'if the registry speaks plain HTTP, say --plain-http',
    });
  });

  it('does not know what a cluster does not say: 3, one line, and no verdict', async () => {
    for (const args of [
      ['explain', image.tagged],
      ['explain', '-o', 'json', image.tagged],
    ]) {
      const { code, stdout, stderr } = await world.run(args, { KUBECONFIG: '/nonexistent' });
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toMatch(/^keyward: the kubeconfig cannot be used: [^\n]+\n$/u);
    }
  });
});
