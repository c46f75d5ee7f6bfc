/**
 * OpenAPI v3 documents, as small as kubectl accepts: `apply` and `create` look for a PATCH with the query parameter
 * `fieldValidation` for the kind (so they leave validation to the server), `explain` reads the schema. The v2 document is empty.
 */
import type { JsonRecord } from './objects.ts';
import { isCoreGroup } from './discovery.ts';
import type { ResourceDefinition } from './resource-definition.ts';

function rootOf(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

export function describeOpenApiPaths(resources: readonly ResourceDefinition[]): JsonRecord {
  const roots = new Set(resources.map(({ group, version }) => rootOf(group, version)));
  return {
    paths: Object.fromEntries(
      [...roots].map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }]),
    ),
  };
}

function parameter(name: string): JsonRecord {
  return { name, in: 'query', schema: { type: 'string', uniqueItems: true } };
}

function schemaName({ group, version, kind }: ResourceDefinition): string {
  const reversed = isCoreGroup({ group } as ResourceDefinition)
    ? 'io.k8s.api.core'
    : group.split('.').toReversed().join('.');
  return `${reversed}.${version}.${kind}`;
}

function describePath(resource: ResourceDefinition): JsonRecord {
  const { group, version, kind } = resource;
  const gvk = { group, version, kind };
  const schema = { $ref: `#/components/schemas/${schemaName(resource)}` };
  const responses = { '200': { description: 'OK', content: { 'application/json': { schema } } } };
  const write = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(parameter);
  return {
    get: { responses, 'x-kubernetes-action': 'get', 'x-kubernetes-group-version-kind': gvk },
    patch: {
      parameters: write,
      responses,
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': gvk,
    },
  };
}

/** @returns undefined for a group version that is not served */
export function describeOpenApi(
  resources: readonly ResourceDefinition[],
  root: string,
): JsonRecord | undefined {
  const served = resources.filter(({ group, version }) => rootOf(group, version) === root);
  if (served.length === 0) return undefined;
  const pathOf = ({ namespaced, plural }: ResourceDefinition): string =>
    `/${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}/{name}`;
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'stand-in' },
    paths: Object.fromEntries(served.map((one) => [pathOf(one), describePath(one)])),
    components: {
      schemas: Object.fromEntries(
        served.map((one) => [
          schemaName(one),
          {
            type: 'object',
            ...one.custom?.openApi,
            'x-kubernetes-group-version-kind': [
              { group: one.group, version: one.version, kind: one.kind },
            ],
          },
        ]),
      ),
    },
  };
}

/** Kept beside the documents: the version a client sees. */
export function describeVersion(): JsonRecord {
  return {
    major: '1',
    minor: '36',
    gitVersion: 'v1.36.3+keyward-stand-in',
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: `node ${process.version}`,
    platform: `${process.platform}/${process.arch}`,
  };
}
