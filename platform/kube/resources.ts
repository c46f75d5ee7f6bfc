import { KubeError } from './kube-error.ts';

/** Where a kind lives in the API. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const KEYWARD = { group: 'keyward.dev', version: 'v1alpha1' } as const;
const RATIFY = { group: 'config.ratify.deislabs.io', version: 'v1beta1' } as const;
const CORE = { group: '', version: 'v1' } as const;
const APPS = { group: 'apps', version: 'v1' } as const;
const ADMISSION = { group: 'admissionregistration.k8s.io', version: 'v1' } as const;

/** Every kind that keyward reads or writes. */
export const RESOURCES = {
  keySets: { ...KEYWARD, plural: 'keysets', kind: 'KeySet', namespaced: true },
  keyRevocations: {
    ...KEYWARD,
    plural: 'keyrevocations',
    kind: 'KeyRevocation',
    namespaced: false,
  },
  kmps: {
    ...RATIFY,
    plural: 'keymanagementproviders',
    kind: 'KeyManagementProvider',
    namespaced: false,
  },
  namespacedKmps: {
    ...RATIFY,
    plural: 'namespacedkeymanagementproviders',
    kind: 'NamespacedKeyManagementProvider',
    namespaced: true,
  },
  stores: { ...RATIFY, plural: 'stores', kind: 'Store', namespaced: false },
  namespacedStores: {
    ...RATIFY,
    plural: 'namespacedstores',
    kind: 'NamespacedStore',
    namespaced: true,
  },
  verifiers: { ...RATIFY, plural: 'verifiers', kind: 'Verifier', namespaced: false },
  namespacedVerifiers: {
    ...RATIFY,
    plural: 'namespacedverifiers',
    kind: 'NamespacedVerifier',
    namespaced: true,
  },
  namespaces: { ...CORE, plural: 'namespaces', kind: 'Namespace', namespaced: false },
  pods: { ...CORE, plural: 'pods', kind: 'Pod', namespaced: true },
  secrets: { ...CORE, plural: 'secrets', kind: 'Secret', namespaced: true },
  configMaps: { ...CORE, plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
  services: { ...CORE, plural: 'services', kind: 'Service', namespaced: true },
  events: { ...CORE, plural: 'events', kind: 'Event', namespaced: true },
  deployments: { ...APPS, plural: 'deployments', kind: 'Deployment', namespaced: true },
  replicaSets: { ...APPS, plural: 'replicasets', kind: 'ReplicaSet', namespaced: true },
  endpointSlices: {
    group: 'discovery.k8s.io',
    version: 'v1',
    plural: 'endpointslices',
    kind: 'EndpointSlice',
    namespaced: true,
  },
  leases: {
    group: 'coordination.k8s.io',
    version: 'v1',
    plural: 'leases',
    kind: 'Lease',
    namespaced: true,
  },
  customResourceDefinitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  },
  validatingWebhookConfigurations: {
    ...ADMISSION,
    plural: 'validatingwebhookconfigurations',
    kind: 'ValidatingWebhookConfiguration',
    namespaced: false,
  },
  mutatingWebhookConfigurations: {
    ...ADMISSION,
    plural: 'mutatingwebhookconfigurations',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
  },
} as const satisfies Record<string, Resource>;

export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/**
 * `/apis/keyward.dev/v1alpha1/namespaces/team/keysets/prod/status`: every segment is escaped.
 * @throws KubeError INVALID for a name that would lead to another place.
 */
export function resourcePath(
  resource: Resource,
  place: { readonly namespace?: string; readonly name?: string; readonly subresource?: string },
): string {
  const parts = [resource.group === '' ? '/api/v1' : `/apis/${apiVersionOf(resource)}`];
  if (resource.namespaced && place.namespace !== undefined)
    parts.push('namespaces', segmentOf(place.namespace));
  parts.push(resource.plural);
  if (place.name !== undefined) parts.push(segmentOf(place.name));
  if (place.subresource !== undefined) parts.push(place.subresource);
  return parts.join('/');
}

/** No escape keeps a URL from resolving dots, and an empty name would make a call on all objects of one on one. */
function segmentOf(name: string): string {
  if (name !== '' && name !== '.' && name !== '..') return encodeURIComponent(name);
  throw new KubeError('INVALID', `'${name}' is not a name that an object can have`);
}

/** `namespace/name`, or the bare name of a cluster-scoped object. */
export function objectKey(metadata: {
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return metadata.namespace === undefined
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;
}
