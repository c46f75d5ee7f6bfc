/** The HTTPS face of the stand-in: authentication, faults, routing, and a Status for everything that goes wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api } from './api-request.ts';
import { dispatch, verbOf } from './dispatch.ts';
import { toFailure, type FaultTable } from './faults.ts';
import { readBody, writeStatus, writeText } from './http-exchange.ts';
import type { KubeLogger, User } from './objects.ts';
import { proxyToPod, type PodEndpoints } from './pod-proxy.ts';
import type { RequestLog, RequestRecord } from './request-log.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { answerStatic, isPublic } from './static-routes.ts';
import {
  forbiddenToUser,
  internalError,
  methodNotAllowed,
  StatusError,
  unauthorized,
} from './status-errors.ts';
import { mayNothing, type Users } from './users.ts';
import type { WatchHub } from './watch.ts';

export interface ServerParts {
  readonly api: Api;
  readonly users: Users;
  readonly watches: WatchHub;
  readonly faults: FaultTable;
  readonly log: RequestLog;
  readonly podEndpoints: PodEndpoints;
  readonly logger: KubeLogger | undefined;
}

const ANONYMOUS: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

function authenticate({ users }: ServerParts, incoming: IncomingMessage, pathname: string): User {
  const user = users.authenticate(incoming.headers);
  if (user !== undefined) return user;
  if (isPublic(pathname)) return ANONYMOUS;
  throw unauthorized();
}

/** @returns whether the request was taken out of normal handling */
function applyFault(parts: ServerParts, incoming: IncomingMessage, url: URL): boolean {
  const action = parts.faults.strike({
    method: incoming.method ?? 'GET',
    path: url.pathname,
    watch: ['1', 'true'].includes(url.searchParams.get('watch') ?? ''),
  });
  if (action === undefined) return false;
  if (action.kind === 'fail') throw toFailure(action);
  if (action.kind === 'reset') incoming.socket.destroy();
  return true;
}

function findResource(api: Api, target: RequestTarget | undefined): ResourceDefinition | undefined {
  if (target === undefined) return undefined;
  const resource = api.registry.find(target.group, target.version, target.resource);
  if (resource === undefined) return undefined;
  const { subresource, namespace, name } = target;
  if (subresource !== undefined && !resource.subresources.includes(subresource)) return undefined;
  // A namespaced object is only reachable in its namespace; across namespaces there is only the list.
  if (
    resource.namespaced ? name !== undefined && namespace === undefined : namespace !== undefined
  ) {
    return undefined;
  }
  return resource;
}

async function handle(
  parts: ServerParts,
  incoming: IncomingMessage,
  response: ServerResponse,
  record: { verb: string; user: string; audit: Record<string, string>; warnings: string[] },
): Promise<void> {
  const { api, watches } = parts;
  const url = new URL(incoming.url ?? '/', 'https://stand-in');
  const user = authenticate(parts, incoming, url.pathname);
  record.user = user.username;
  if (applyFault(parts, incoming, url)) return;
  if (answerStatic(response, api.registry.all(), url.pathname, incoming.headers.accept)) {
    if (incoming.method !== 'GET') throw methodNotAllowed();
    return;
  }
  const target = parseTarget(url.pathname);
  const resource = findResource(api, target);
  if (target === undefined || resource === undefined) {
    writeText(response, 404, '404 page not found\n');
    return;
  }
  if (target.subresource === 'proxy') {
    const path = `/${target.rest}${url.search}`;
    const proxied = { namespace: target.namespace ?? '', address: target.name ?? '', path };
    await proxyToPod(parts.podEndpoints, proxied, incoming, response);
    return;
  }
  const verb = verbOf(incoming.method ?? 'GET', target.name !== undefined, url.searchParams);
  record.verb = verb;
  if (mayNothing(user)) throw forbiddenToUser(resource, target, { user: user.username, verb });
  const request = {
    target,
    resource,
    verb,
    query: url.searchParams,
    user,
    userAgent: incoming.headers['user-agent'] ?? '',
    contentType: incoming.headers['content-type'],
    body: await readBody(incoming),
    warnings: record.warnings,
    audit: record.audit,
  };
  await dispatch(api, watches, request, { incoming, response });
}

/** @returns the listener of the HTTPS server */
export function createListener(
  parts: ServerParts,
): (incoming: IncomingMessage, response: ServerResponse) => void {
  return (incoming, response) => {
    const record = { verb: '', user: ANONYMOUS.username, audit: {}, warnings: [] as string[] };
    const [path = '/', query = ''] = (incoming.url ?? '/').split('?', 2);
    const finish = (): void => {
      const entry: RequestRecord = {
        method: incoming.method ?? 'GET',
        path,
        query,
        verb: record.verb,
        user: record.user,
        userAgent: incoming.headers['user-agent'] ?? '',
        code: response.statusCode,
        auditAnnotations: record.audit,
      };
      parts.log.add(entry);
      parts.logger?.debug(
        { method: entry.method, path, code: entry.code },
        'kube stand-in request',
      );
    };
    response.on('close', finish);
    handle(parts, incoming, response, record).catch((error: unknown) => {
      if (error instanceof StatusError) {
        writeStatus(response, error.body, record.warnings);
        return;
      }
      const message = error instanceof Error ? error.message : String(error);
      // A client that went away in the middle of its own request is no fault of the stand-in.
      if (!incoming.destroyed) parts.logger?.warn({ path, error: message }, 'kube stand-in failed');
      writeStatus(response, internalError(message).body, record.warnings);
    });
  };
}
