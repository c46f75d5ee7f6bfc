/** Paths that are not resources: health, version, discovery, OpenAPI. */
import type { ServerResponse } from 'node:http';
import {
  AGGREGATED_TYPE,
  describeAggregated,
  describeApiVersions,
  describeGroups,
  describeOneGroup,
  describeResources,
  isCoreGroup,
  wantsAggregated,
} from './discovery.ts';
import { writeJson, writeText } from './http-exchange.ts';
import { describeOpenApi, describeOpenApiPaths, describeVersion } from './open-api.ts';
import type { ResourceDefinition } from './resource-definition.ts';

const OPENAPI_V2 = '/openapi/v2';
const OPENAPI_V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const HEALTH = ['/healthz', '/livez', '/readyz'];

/** Answered without a token, as `system:public-info-viewer` allows in a real cluster. */
export function isPublic(pathname: string): boolean {
  return HEALTH.includes(pathname) || pathname === '/version';
}

function discover(resources: readonly ResourceDefinition[], pathname: string): object | undefined {
  const parts = pathname.split('/').filter((part) => part !== '');
  const [root, group = '', version = ''] = parts;
  if (root === 'openapi' && group === 'v3') {
    return parts.length === 2
      ? describeOpenApiPaths(resources)
      : describeOpenApi(resources, parts.slice(2).join('/'));
  }
  if (root === 'api' && parts.length === 1) return describeApiVersions();
  if (root === 'api' && parts.length === 2) return describeResources(resources, '', group);
  if (root !== 'apis') return undefined;
  if (parts.length === 1) return describeGroups(resources);
  if (parts.length === 2) return describeOneGroup(resources, group);
  return parts.length === 3 ? describeResources(resources, group, version) : undefined;
}

/** @returns whether the path was one of these */
export function answerStatic(
  response: ServerResponse,
  resources: readonly ResourceDefinition[],
  pathname: string,
  accept: string | undefined,
): boolean {
  if (HEALTH.includes(pathname)) {
    writeText(response, 200, 'ok');
    return true;
  }
  if (pathname === '/version') {
    writeJson(response, 200, describeVersion());
    return true;
  }
  if (pathname === OPENAPI_V2) {
    // Zero bytes are an empty protobuf document: kubectl asks for it when a kind is unknown, then says so in plain words.
    response.writeHead(200, { 'content-type': OPENAPI_V2_TYPE, 'content-length': 0 });
    response.end();
    return true;
  }
  const isRoot = pathname === '/api' || pathname === '/apis';
  if (isRoot && wantsAggregated(accept)) {
    const served = resources.filter((one) => isCoreGroup(one) === (pathname === '/api'));
    writeJson(response, 200, describeAggregated(served), { contentType: AGGREGATED_TYPE });
    return true;
  }
  const found = discover(resources, pathname);
  if (found === undefined) return false;
  writeJson(response, 200, found);
  return true;
}
