/** What is served: legacy discovery (`APIGroupList`, `APIResourceList`) and the aggregated form that kubectl asks for first. */
import { formatApiVersion, type JsonRecord } from './objects.ts';
import type { ResourceDefinition } from './resource-definition.ts';

const OBJECT_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];

function verbsOf(subresource: string): string[] {
  if (subresource === 'proxy') return ['create', 'get'];
  return subresource === 'finalize' ? ['update'] : SUBRESOURCE_VERBS;
}

export function isCoreGroup(resource: ResourceDefinition): boolean {
  return resource.group === '';
}

function versionsByGroup(resources: readonly ResourceDefinition[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { group, version } of resources) {
    const versions = groups.get(group) ?? [];
    if (!versions.includes(version)) groups.set(group, [...versions, version]);
  }
  return groups;
}

function legacyResources(resource: ResourceDefinition): JsonRecord[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: OBJECT_VERBS,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  const subresources = resource.subresources.map((name) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind,
    verbs: verbsOf(name),
  }));
  return [main, ...subresources];
}

function aggregatedResource(resource: ResourceDefinition): JsonRecord {
  const { group, version, kind, plural, singular, shortNames, categories } = resource;
  const responseKind = { group, version, kind };
  return {
    resource: plural,
    responseKind,
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: OBJECT_VERBS,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    subresources: resource.subresources.map((subresource) => ({
      subresource,
      responseKind,
      verbs: verbsOf(subresource),
    })),
  };
}

export const AGGREGATED_TYPE =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export function wantsAggregated(accept: string | undefined): boolean {
  return (accept ?? '').includes('g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
}

export function describeAggregated(resources: readonly ResourceDefinition[]): JsonRecord {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [...versionsByGroup(resources)].map(([group, versions]) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((version) => ({
        version,
        resources: resources
          .filter((one) => one.group === group && one.version === version)
          .map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

function describeGroup(group: string, versions: readonly string[]): JsonRecord {
  const listed = versions.map((version) => ({
    groupVersion: formatApiVersion(group, version),
    version,
  }));
  return { name: group, versions: listed, preferredVersion: listed[0] };
}

export function describeApiVersions(): JsonRecord {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

export function describeGroups(resources: readonly ResourceDefinition[]): JsonRecord {
  const groups = [...versionsByGroup(resources)].filter(([group]) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map(([group, versions]) => describeGroup(group, versions)),
  };
}

/** @returns undefined for a group that is not served */
export function describeOneGroup(
  resources: readonly ResourceDefinition[],
  group: string,
): JsonRecord | undefined {
  const versions = versionsByGroup(resources).get(group);
  if (versions === undefined) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(group, versions) };
}

/** @returns undefined for a group version that is not served */
export function describeResources(
  resources: readonly ResourceDefinition[],
  group: string,
  version: string,
): JsonRecord | undefined {
  const served = resources.filter((one) => one.group === group && one.version === version);
  if (served.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: formatApiVersion(group, version),
    resources: served.flatMap(legacyResources),
  };
}
