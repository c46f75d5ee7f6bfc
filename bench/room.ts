import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { KeyRevocation, KeySet } from '../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../core/keys/key-version.ts';
import { systemClock as clock } from '../platform/lifecycle/clock.ts';
import { createLogger } from '../platform/observe/logger.ts';
import { createMetrics } from '../platform/observe/metrics.ts';
import type { Registry } from '../platform/registry/registry.ts';
import { podReview } from '../sandbox/pod-review.ts';
import { generateKey, signDigest, type KeyMaterial } from '../sandbox/vault/key-material.ts';
import type { VaultSigner } from '../sandbox/signer/sign-image.ts';
import { createAdmission } from '../webhook/admission.ts';
import { createWebhookMetrics } from '../webhook/metrics.ts';
import { buildSnapshot } from '../webhook/trust/build-snapshot.ts';
import type { TrustSource } from '../webhook/trust/trust-source.ts';

const VAULT = 'https://contoso.vault.azure.net';

/** A key version that can sign as Key Vault does. */
export interface BenchKey {
  readonly signer: VaultSigner;
  readonly privateKey: KeyObject;
  readonly status: KeyVersionStatus;
}

/** `age` in days: the newest keys are tried first. */
export function createKey(age: number): BenchKey {
  const material: KeyMaterial = generateKey({ kty: 'EC', curve: 'P-256' });
  const publicKey = createPublicKey({ key: material.publicJwk, format: 'jwk' });
  const fingerprint = `sha256:${createHash('sha256').update(derOf(publicKey)).digest('hex')}`;
  const createdOn = new Date(Date.now() - age * 86_400_000).toISOString();
  return {
    privateKey: material.privateKey,
    signer: {
      publicKey,
      sign: async (digest, algorithm) => signDigest(material, algorithm, digest),
    },
    status: {
      vaultUri: VAULT,
      name: 'bench',
      version: fingerprint.slice(7, 39),
      state: 'trusted',
      reason: '',
      since: createdOn,
      createdOn,
      algorithm: 'P-256',
      fingerprint,
      publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    },
  };
}

function derOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' });
}

/** A webhook's inside, without its server and its API server: what is asked goes through all the rest. */
export interface Room {
  /** Whether a pod with these images would be admitted. */
  ask(images: readonly string[]): Promise<boolean>;
  /** The same of a Deployment, whose tags are judged as they stand. */
  askDeployment(images: readonly string[]): Promise<boolean>;
  trust(keys: readonly BenchKey[], revocations?: readonly KeyRevocation[]): void;
  close(): Promise<void>;
}

/** Trusts `keys` for every image. */
export function openRoom(registry: Registry, keys: readonly BenchKey[], cacheMiB = 96): Room {
  const metrics = createMetrics();
  const trust = createFixedTrust(keys);
  const admission = createAdmission({
    kube: { get: () => Promise.resolve(undefined) },
    trust: trust.source,
    registry,
    clusterDefault: 'deny',
    cacheBytes: cacheMiB * 2 ** 20,
    clock,
    logger: createLogger({ level: 'silent', component: 'bench' }),
    metrics,
    webhookMetrics: createWebhookMetrics(metrics),
  });
  const send = async (review: string): Promise<boolean> => {
    const { body } = await admission.handle('validate', review, 10_000);
    return body.includes('"allowed":true');
  };
  return {
    ask: (images) => send(podReview(images)),
    askDeployment: (images) => send(deploymentReview(images)),
    trust: trust.set,
    close: () => admission.close(),
  };
}

function deploymentReview(images: readonly string[]): string {
  const review = JSON.parse(podReview(images)) as {
    request: { object: { spec: unknown; metadata: unknown } };
  };
  const { metadata, spec } = review.request.object;
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { template: { spec } },
  };
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
  return JSON.stringify({ ...review, request: { ...review.request, kind, object } });
}

function createFixedTrust(keys: readonly BenchKey[]): {
  readonly source: TrustSource;
  readonly set: Room['trust'];
} {
  const build = (versions: readonly BenchKey[], revocations: readonly KeyRevocation[] = []) =>
    buildSnapshot({
      keySets: [{ kind: 'sound', keySet: keySetOf(versions.map(({ status }) => status)) }],
      revocations,
      verifiers: [],
      keywardNamespace: 'keyward-system',
      delegatedNamespaces: [],
    });
  let snapshot = build(keys);
  return {
    source: {
      start: () => Promise.resolve(),
      current: () => snapshot,
      subscribe: () => undefined,
      namespaces: () => new Map([['default', { name: 'default' }]]),
      revocations: () => [],
      keySets: () => [],
      missing: () => [],
      watches: () => [],
    },
    set: (versions, revocations) => {
      snapshot = build(versions, revocations);
    },
  };
}

function keySetOf(versions: readonly KeyVersionStatus[]): KeySet {
  return {
    namespace: 'keyward-system',
    name: 'bench',
    uid: 'bench',
    resourceVersion: '1',
    generation: 1,
    spec: {
      images: ['*'],
      versions: { follow: true, exclude: [], limit: 200 },
      expiredKeys: 'Trust',
      sweepIntervalSeconds: 5,
      staleAfterSeconds: 86_400,
      onStale: 'Deny',
    },
    status: {
      lastReconciledTime: new Date().toISOString(),
      trusted: versions.length,
      versions,
      conditions: [],
    },
  };
}
