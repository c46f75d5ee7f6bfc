/** A registry that lets in only who may read: what keyward's client makes of it, with the right credentials, others and none. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../platform/lifecycle/clock.ts';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { createRegistry } from '../../../platform/registry/create-registry.ts';
import type { Credential } from '../../../platform/registry/credentials/credentials.ts';
import { basicCredential } from '../../../platform/registry/credentials/docker-config.ts';
import type { Registry } from '../../../platform/registry/registry.ts';
import { buildImage } from '../../../sandbox/registry/small-image.ts';
import { signImage } from '../../../sandbox/signer/sign-image.ts';
import { fetchEvidence } from '../../../webhook/evidence/fetch-evidence.ts';
import { createSigningKey } from '../signing-key.ts';
import { decideWith } from '../verdicts.ts';
import { createStore, createWire, type Login, type RegistryPeer } from './wire.ts';

export const LOGIN: Login = { username: 'puller', password: 'correct-horse-battery' };
/** The same, as `htpasswd -nbB` writes it. */
export const HTPASSWD = 'puller:$2b$04$8ouhGRtEqpA1gY3cLJ6nBuXzkfOOdyiv8UCsWAx/fMwccosHC2KZ2';

const REPOSITORIES = ['team/app', 'team/other'] as const;

export function declareCredentials(
  hasReferrers: boolean,
  start: () => Promise<RegistryPeer>,
): void {
  const opened = new AsyncDisposableStack();
  const signer = createSigningKey({ kty: 'EC', curve: 'P-256' });
  const digests = new Map<string, string>();
  let peer: RegistryPeer | undefined;

  beforeAll(async () => {
    const started = await start();
    peer = started;
    opened.defer(() => started.close());
    const wire = createWire(started);
    opened.defer(() => wire.close());
    const store = createStore(started, wire, hasReferrers);
    for (const repository of REPOSITORIES) {
      const { bytes, blobs, mediaType } = buildImage({ content: repository });
      for (const blob of blobs) await store.pushBlob(repository, blob);
      const digest = await store.pushManifest(repository, 'v1', { bytes, mediaType });
      await signImage({
        registry: store,
        repository,
        digest,
        signer,
        format: 'legacy',
        now: systemClock.now(),
      });
      digests.set(repository, digest);
    }
  }, 30_000);
  afterAll(() => opened.disposeAsync());

  const openClient = (credential: Credential | undefined): Registry => {
    if (peer === undefined) throw new Error('the registry did not start');
    const client = createRegistry({
      caPem: peer.caPem,
      metrics: createMetrics(),
      clock: systemClock,
      credentials: { scope: 'test', find: async () => credential, forget: () => undefined },
      ...(peer.tokenHost === undefined ? {} : { allowedHosts: [peer.tokenHost] }),
    });
    opened.defer(() => client.close());
    return client;
  };
  const refOf = (repository: string) => ({ registry: peer?.host ?? '', repository });

  describe('who may read', () => {
    it('reads every repository, signatures and absences alike', async () => {
      const client = openClient(basicCredential(LOGIN.username, LOGIN.password));
      for (const repository of REPOSITORIES) {
        const digest = digests.get(repository) ?? '';
        const ref = refOf(repository);
        expect(await client.resolveTag(ref, 'v1')).toBe(digest);
        expect(await client.resolveTag(ref, 'none')).toBeUndefined();
        const evidence = await fetchEvidence({
          registry: client,
          repository: ref,
          digest,
          clock: systemClock,
        });
        expect(decideWith(evidence, [signer.publicKeyPem])).toMatchObject({ kind: 'allow' });
      }
    });
  });

  describe('who may not', () => {
    it.each<[string, Credential | undefined]>([
      ['with another password', basicCredential(LOGIN.username, 'wrong')],
      ['with another name', basicCredential('nobody', LOGIN.password)],
      ['with nothing', undefined],
    ])('reads nothing, and is told so rather than "not there": %s', async (_, credential) => {
      const client = openClient(credential);
      for (const tag of ['v1', 'none'])
        await expect(client.resolveTag(refOf('team/app'), tag)).rejects.toMatchObject({
          code: 'REGISTRY_AUTH',
        });
      const evidence = await fetchEvidence({
        registry: client,
        repository: refOf('team/app'),
        digest: digests.get('team/app') ?? '',
        clock: systemClock,
      });
      expect(decideWith(evidence, [signer.publicKeyPem])).toMatchObject({
        kind: 'unavailable',
        code: 'REGISTRY_AUTH',
      });
    });
  });
}
