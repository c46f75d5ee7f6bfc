/** One suite of a registry's behaviours, run against the stand-in and against real registries. */
import { afterAll, beforeAll } from '@jest/globals';
import { createRegistry } from '../../../platform/registry/create-registry.ts';
import type { Registry } from '../../../platform/registry/registry.ts';
import { createFakeClock, type FakeClock } from '../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { buildImage } from '../../../sandbox/registry/small-image.ts';
import type { SignatureStore } from '../../../sandbox/signer/sign-image.ts';
import { declareEvidence } from './evidence-behaviour.ts';
import { declareNoReferrers, declareReferrers } from './referrers-behaviour.ts';
import { declareBlobs, declareManifests, declareTokens } from './wire-behaviour.ts';
import {
  createStore,
  createWire,
  type RegistryPeer,
  type RegistryTraits,
  type Wire,
} from './wire.ts';

export interface PushedImage {
  readonly bytes: Buffer;
  readonly digest: string;
}

/** What a part of the suite sees once the registry is up. */
export interface Contract {
  readonly peer: RegistryPeer;
  readonly wire: Wire;
  readonly store: SignatureStore;
  /** keyward's own client. */
  readonly client: Registry;
  readonly clock: FakeClock;
  readonly pushImage: (repository: string, tag: string, content?: string) => Promise<PushedImage>;
}

export function declareRegistryContract(
  traits: RegistryTraits,
  start: () => Promise<RegistryPeer>,
): void {
  const opened = new AsyncDisposableStack();
  let contract: Contract | undefined;
  const current = (): Contract => {
    if (contract === undefined) throw new Error('the registry did not start');
    return contract;
  };
  beforeAll(async () => {
    const peer = await start();
    opened.defer(() => peer.close());
    const wire = createWire(peer);
    opened.defer(() => wire.close());
    const clock = createFakeClock();
    const client = createRegistry({
      caPem: peer.caPem,
      metrics: createMetrics(),
      clock,
      ...(peer.tokenHost === undefined ? {} : { allowedHosts: [peer.tokenHost] }),
    });
    opened.defer(() => client.close());
    const store = createStore(peer, wire, traits.referrers);
    contract = {
      peer,
      wire,
      store,
      client,
      clock,
      pushImage: async (repository, tag, content = 'an image') => {
        const { bytes, blobs, mediaType } = buildImage({ content });
        for (const blob of blobs) await store.pushBlob(repository, blob);
        const digest = await store.pushManifest(repository, tag, { bytes, mediaType });
        return { bytes, digest };
      },
    };
  }, 30_000);
  afterAll(() => opened.disposeAsync());

  declareManifests(current, traits.checksDigests);
  declareBlobs(current);
  if (traits.referrers) declareReferrers(current, traits.pageSize ?? 1000);
  else declareNoReferrers(current);
  if (traits.tokens) declareTokens(current);
  declareEvidence(current, traits);
}
