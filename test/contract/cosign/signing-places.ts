/** Every kind of registry that cosign signs into here: our stand-in and real ones, with the referrers API and without it. */
import { systemClock } from '../../../platform/lifecycle/clock.ts';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { createRegistry } from '../../../platform/registry/create-registry.ts';
import type { Evidence } from '../../../core/verdict/evidence.ts';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { startRegistry } from '../../../sandbox/registry/registry.ts';
import { buildImage } from '../../../sandbox/registry/small-image.ts';
import type { SignatureStore } from '../../../sandbox/signer/sign-image.ts';
import { fetchEvidence } from '../../../webhook/evidence/fetch-evidence.ts';
import { startDistribution, startGgcrRegistry } from '../registry/real-registries.ts';
import { createStore, createWire, INDEX_TYPE, type RegistryPeer } from '../registry/wire.ts';

export const PLACES = [
  'the stand-in',
  'the stand-in without referrers API',
  'distribution',
  'go-containerregistry',
] as const;
export type PlaceName = (typeof PLACES)[number];

export interface SigningPlace {
  readonly store: SignatureStore;
  readonly caPem: string;
  close(): Promise<void>;
}

const STARTERS: Readonly<Record<PlaceName, () => Promise<SigningPlace>>> = {
  'the stand-in': () => startStandIn(true),
  'the stand-in without referrers API': () => startStandIn(false),
  distribution: async () => overWire(await startDistribution({ tokens: false }), false),
  'go-containerregistry': async () => overWire(await startGgcrRegistry(), true),
};

export function startPlace(name: PlaceName): Promise<SigningPlace> {
  return STARTERS[name]();
}

async function startStandIn(referrers: boolean): Promise<SigningPlace> {
  const certificates = await createCertificateAuthority();
  const names = { commonName: 'registry', ipAddresses: ['127.0.0.1'] };
  const store = await startRegistry({ certificate: await certificates.issue(names), referrers });
  return { store, caPem: certificates.caPem, close: () => store.close() };
}

function overWire(peer: RegistryPeer, hasReferrers: boolean): SigningPlace {
  const wire = createWire(peer);
  return {
    store: createStore(peer, wire, hasReferrers),
    caPem: peer.caPem,
    close: async () => {
      await wire.close();
      await peer.close();
    },
  };
}

export interface Pushed {
  readonly repository: string;
  readonly digest: string;
  /** As cosign and keyward take it. */
  readonly image: string;
}

let count = 0;

/** A new image each time, in a repository of its own unless one is named. */
export async function pushImage(
  store: SignatureStore,
  repository = newRepository(),
): Promise<Pushed> {
  count += 1;
  const { blobs, bytes, mediaType } = buildImage({ content: `image ${count}` });
  for (const blob of blobs) await store.pushBlob(repository, blob);
  const digest = await store.pushManifest(repository, `v${count}`, { bytes, mediaType });
  return { repository, digest, image: `${store.host}/${repository}@${digest}` };
}

export function newRepository(): string {
  count += 1;
  return `team/app-${count}`;
}

/** An index of two images, for two platforms. */
export async function pushIndex(
  store: SignatureStore,
): Promise<{ readonly index: Pushed; readonly children: readonly Pushed[] }> {
  const repository = newRepository();
  const children = [await pushImage(store, repository), await pushImage(store, repository)];
  const manifests = await Promise.all(
    children.map(async ({ digest }, at) => {
      const manifest = await store.readManifest(repository, digest);
      if (manifest === undefined) throw new Error(`${digest} is not there`);
      const { mediaType, bytes } = manifest;
      const platform = { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' };
      return { mediaType, digest, size: bytes.length, platform };
    }),
  );
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
  const digest = await store.pushManifest(repository, 'all', { bytes, mediaType: INDEX_TYPE });
  return {
    index: { repository, digest, image: `${store.host}/${repository}@${digest}` },
    children,
  };
}

export interface LookUp extends Pick<Pushed, 'repository' | 'digest'> {
  readonly signatureRepository?: string;
}

export interface EvidenceReader {
  read(host: string, image: LookUp): Promise<Evidence>;
  close(): Promise<void>;
}

/** What keyward's own client finds, in whichever of these registries. */
export function createEvidenceReader(caPems: readonly string[]): EvidenceReader {
  const clock = systemClock;
  const registry = createRegistry({ caPem: caPems.join('\n'), metrics: createMetrics(), clock });
  return {
    read: (host, { repository, digest, signatureRepository }) =>
      fetchEvidence({
        registry,
        repository: { registry: host, repository },
        digest,
        clock,
        ...(signatureRepository === undefined
          ? {}
          : { signatureRepository: { registry: host, repository: signatureRepository } }),
      }),
    close: () => registry.close(),
  };
}
