/**
 * The built-in kinds this stand-in stores. They have no schema here: unknown fields of a built-in object are kept, where a real
 * server drops or refuses them. ValidatingAdmissionPolicy and RBAC objects are stored and never evaluated.
 */
import { columnsOf } from './built-in-columns.ts';
import type { ResourceDefinition } from './resource-definition.ts';

interface BuiltIn {
  readonly kind: string;
  readonly plural: string;
  readonly short?: readonly string[];
  readonly cluster?: true;
  readonly categories?: readonly string[];
  readonly sub?: readonly string[];
  readonly generation?: true;
  readonly strictUpdate?: true;
  readonly fields?: readonly string[];
}

const ALL = ['all'];

const TABLE: Readonly<Record<string, readonly BuiltIn[]>> = {
  '/v1': [
    {
      kind: 'Namespace',
      plural: 'namespaces',
      short: ['ns'],
      cluster: true,
      sub: ['status', 'finalize'],
      fields: ['status.phase'],
    },
    {
      kind: 'Pod',
      plural: 'pods',
      short: ['po'],
      categories: ALL,
      sub: ['status', 'ephemeralcontainers', 'proxy'],
      generation: true,
      fields: [
        'spec.nodeName',
        'spec.restartPolicy',
        'spec.serviceAccountName',
        'status.phase',
        'status.podIP',
      ],
    },
    { kind: 'PodTemplate', plural: 'podtemplates', generation: true },
    {
      kind: 'ReplicationController',
      plural: 'replicationcontrollers',
      short: ['rc'],
      categories: ALL,
      sub: ['status'],
      generation: true,
    },
    { kind: 'Service', plural: 'services', short: ['svc'], categories: ALL, sub: ['status'] },
    { kind: 'ServiceAccount', plural: 'serviceaccounts', short: ['sa'] },
    { kind: 'Secret', plural: 'secrets', fields: ['type'] },
    { kind: 'ConfigMap', plural: 'configmaps', short: ['cm'] },
    { kind: 'Node', plural: 'nodes', short: ['no'], cluster: true, sub: ['status'] },
    {
      kind: 'Event',
      plural: 'events',
      short: ['ev'],
      fields: [
        'involvedObject.kind',
        'involvedObject.namespace',
        'involvedObject.name',
        'involvedObject.uid',
        'reason',
        'type',
      ],
    },
    { kind: 'Endpoints', plural: 'endpoints', short: ['ep'] },
  ],
  'apps/v1': [
    {
      kind: 'Deployment',
      plural: 'deployments',
      short: ['deploy'],
      categories: ALL,
      sub: ['status'],
      generation: true,
    },
    {
      kind: 'ReplicaSet',
      plural: 'replicasets',
      short: ['rs'],
      categories: ALL,
      sub: ['status'],
      generation: true,
    },
    {
      kind: 'StatefulSet',
      plural: 'statefulsets',
      short: ['sts'],
      categories: ALL,
      sub: ['status'],
      generation: true,
    },
    {
      kind: 'DaemonSet',
      plural: 'daemonsets',
      short: ['ds'],
      categories: ALL,
      sub: ['status'],
      generation: true,
    },
  ],
  'batch/v1': [
    { kind: 'Job', plural: 'jobs', categories: ALL, sub: ['status'], generation: true },
    {
      kind: 'CronJob',
      plural: 'cronjobs',
      short: ['cj'],
      categories: ALL,
      sub: ['status'],
      generation: true,
    },
  ],
  'coordination.k8s.io/v1': [{ kind: 'Lease', plural: 'leases', strictUpdate: true }],
  'discovery.k8s.io/v1': [{ kind: 'EndpointSlice', plural: 'endpointslices', generation: true }],
  'events.k8s.io/v1': [{ kind: 'Event', plural: 'events', short: ['ev'] }],
  'policy/v1': [
    {
      kind: 'PodDisruptionBudget',
      plural: 'poddisruptionbudgets',
      short: ['pdb'],
      sub: ['status'],
      generation: true,
    },
  ],
  'admissionregistration.k8s.io/v1': [
    {
      kind: 'ValidatingWebhookConfiguration',
      plural: 'validatingwebhookconfigurations',
      cluster: true,
      generation: true,
    },
    {
      kind: 'MutatingWebhookConfiguration',
      plural: 'mutatingwebhookconfigurations',
      cluster: true,
      generation: true,
    },
    {
      kind: 'ValidatingAdmissionPolicy',
      plural: 'validatingadmissionpolicies',
      cluster: true,
      sub: ['status'],
      generation: true,
    },
    {
      kind: 'ValidatingAdmissionPolicyBinding',
      plural: 'validatingadmissionpolicybindings',
      cluster: true,
      generation: true,
    },
  ],
  'rbac.authorization.k8s.io/v1': [
    { kind: 'Role', plural: 'roles' },
    { kind: 'RoleBinding', plural: 'rolebindings' },
    { kind: 'ClusterRole', plural: 'clusterroles', cluster: true },
    { kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', cluster: true },
  ],
  'apiextensions.k8s.io/v1': [
    {
      kind: 'CustomResourceDefinition',
      plural: 'customresourcedefinitions',
      short: ['crd', 'crds'],
      cluster: true,
      categories: ['api-extensions'],
      sub: ['status'],
      generation: true,
      strictUpdate: true,
    },
  ],
};

function define(groupVersion: string, entry: BuiltIn): ResourceDefinition {
  const [group = '', version = ''] = groupVersion.split('/');
  return {
    group,
    version,
    plural: entry.plural,
    singular: entry.kind.toLowerCase(),
    kind: entry.kind,
    listKind: `${entry.kind}List`,
    namespaced: entry.cluster !== true,
    shortNames: entry.short ?? [],
    categories: entry.categories ?? [],
    subresources: entry.sub ?? [],
    // Both Event groups are views of one stored kind in a real server.
    storageKey: group === 'events.k8s.io' ? '/events' : `${group}/${entry.plural}`,
    unconditionalUpdate: entry.strictUpdate !== true,
    hasGeneration: entry.generation === true,
    selectableFields: entry.fields ?? [],
    columns: columnsOf(entry.kind),
  };
}

export function listBuiltInKinds(): ResourceDefinition[] {
  return Object.entries(TABLE).flatMap(([groupVersion, entries]) =>
    entries.map((entry) => define(groupVersion, entry)),
  );
}

export const CRD_STORAGE_KEY = 'apiextensions.k8s.io/customresourcedefinitions';
export const NAMESPACE_STORAGE_KEY = '/namespaces';
