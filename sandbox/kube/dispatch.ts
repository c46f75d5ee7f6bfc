/** One request on a resource: verb, content negotiation, handler, answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readCount, type Answer, type Api, type ApiRequest } from './api-request.ts';
import { createObject } from './create-object.ts';
import { deleteCollection, deleteObject } from './delete-object.ts';
import { writeJson } from './http-exchange.ts';
import { getObject, listObjects, readSelection } from './read-object.ts';
import { negotiate, representList, representObject, type RepresentOptions } from './represent.ts';
import { methodNotAllowed } from './status-errors.ts';
import { patchObject, replaceObject } from './update-object.ts';
import type { WatchHub } from './watch.ts';

export type Verb =
  'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

/** @throws StatusError 405 for a method that the path does not have */
export function verbOf(method: string, hasName: boolean, query: URLSearchParams): Verb {
  switch (method) {
    case 'GET':
      if (isTrue(query.get('watch'))) return 'watch';
      return hasName ? 'get' : 'list';
    case 'POST':
      if (hasName) throw methodNotAllowed();
      return 'create';
    case 'PUT':
      if (!hasName) throw methodNotAllowed();
      return 'update';
    case 'PATCH':
      if (!hasName) throw methodNotAllowed();
      return 'patch';
    case 'DELETE':
      return hasName ? 'delete' : 'deletecollection';
    default:
      throw methodNotAllowed();
  }
}

/** Half an hour, the lower end of what a real server picks when the client names nothing. */
const DEFAULT_WATCH_SECONDS = 1800;

function startWatch(
  api: Api,
  request: ApiRequest,
  options: () => RepresentOptions,
): Parameters<WatchHub['start']>[0] {
  const { query, resource } = request;
  return {
    resource,
    selects: readSelection(request),
    resourceVersion: readCount(query, 'resourceVersion'),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    initialEvents: isTrue(query.get('sendInitialEvents')),
    timeoutSeconds: readCount(query, 'timeoutSeconds') ?? DEFAULT_WATCH_SECONDS,
    represent: options,
  };
}

type ObjectVerb = Exclude<Verb, 'list' | 'watch' | 'deletecollection'>;

const HANDLERS: Readonly<
  Record<ObjectVerb, (api: Api, request: ApiRequest) => Answer | Promise<Answer>>
> = {
  get: getObject,
  create: (api, request) => createObject(api, request),
  update: replaceObject,
  patch: patchObject,
  delete: deleteObject,
};

export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

/** @throws StatusError whatever the handler refuses */
export async function dispatch(
  api: Api,
  watches: WatchHub,
  request: ApiRequest & { readonly verb: Verb },
  { incoming, response }: Exchange,
): Promise<void> {
  const { resource, verb, query, warnings } = request;
  const form = negotiate(incoming.headers.accept);
  const include = query.get('includeObject') ?? 'Metadata';
  const options = (): RepresentOptions => ({ form, now: api.now(), include });
  if (verb === 'watch') {
    watches.start(startWatch(api, request, options), response);
    return;
  }
  if (verb === 'list') {
    const { objects, meta } = listObjects(api, request);
    writeJson(response, 200, representList(resource, objects, meta, options()));
    return;
  }
  if (verb === 'deletecollection') {
    const deleted = await deleteCollection(api, request);
    const meta = { resourceVersion: String(api.store.revision()) };
    writeJson(response, 200, representList(resource, deleted, meta, options()), { warnings });
    return;
  }
  const { code, object, status } = await HANDLERS[verb](api, request);
  const body = object === undefined ? status : representObject(resource, object, options());
  writeJson(response, code, body, { warnings });
}
