/** API objects as a cluster holds them, before any schema has judged them. */
import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { KubeObject } from '../../platform/kube/kube.ts';
import { daysFromNow, versionOf } from './trust.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Named {
  readonly name?: string;
  readonly namespace?: string;
}

/** A KeySet, by default `keyward-system/prod` with one trusted version and `images` of one registry. */
export function keySetObject({
  name = 'prod',
  namespace = 'keyward-system',
  spec = {},
  status = {},
  versions = [versionOf()],
}: Named & {
  readonly spec?: Fields;
  readonly status?: Fields;
  readonly versions?: readonly KeyVersionStatus[];
} = {}): KubeObject {
  return {
    apiVersion: 'keyward.dev/v1alpha1',
    kind: 'KeySet',
    metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: '1', generation: 1 },
    spec: {
      keys: ['azurekms://contoso.vault.azure.net/cosign-key'],
      images: ['contoso.azurecr.io/*'],
      ...spec,
    },
    status: {
      trusted: versions.length,
      lastReconciledTime: daysFromNow(0),
      versions,
      conditions: [],
      ...status,
    },
  };
}

/** A KeyRevocation of the version of `versionOf()`. */
export function revocationObject({
  name = 'leak-1',
  spec = {},
}: Named & { readonly spec?: Fields } = {}): KubeObject {
  return {
    apiVersion: 'keyward.dev/v1alpha1',
    kind: 'KeyRevocation',
    metadata: { name, resourceVersion: '1' },
    spec: {
      key: `azurekms://contoso.vault.azure.net/cosign-key/${versionOf().version}`,
      reason: 'leaked',
      ...spec,
    },
  };
}

/** A cosign Verifier (with `namespace`: a NamespacedVerifier) with one trust policy. */
export function verifierObject({
  name = 'verifier-cosign',
  namespace,
  policy = {},
  spec = {},
}: Named & { readonly policy?: Fields; readonly spec?: Fields } = {}): KubeObject {
  return {
    apiVersion: 'config.ratify.deislabs.io/v1beta1',
    kind: namespace === undefined ? 'Verifier' : 'NamespacedVerifier',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      name: 'cosign',
      artifactTypes: 'application/vnd.dev.cosign.artifact.sig.v1+json',
      parameters: {
        trustPolicies: [
          { name: 'default', scopes: ['*'], keys: [{ provider: 'kmp-akv' }], ...policy },
        ],
      },
      ...spec,
    },
  };
}

export function namespaceObject(name: string, labels?: Fields): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, ...(labels === undefined ? {} : { labels }) } as KubeObject['metadata'],
  };
}
