/** GET: one object, or a list with selectors, paging and a chosen resourceVersion. */
import { z } from 'zod';
import { readCount, type Answer, type Api, type ApiRequest } from './api-request.ts';
import type { KubeObject } from './objects.ts';
import { parseFieldSelector, parseLabelSelector, type ObjectFilter } from './selectors.ts';
import { badRequest, expired, failure, notFound } from './status-errors.ts';
import { keyOf, keyOfObject } from './storage.ts';
import type { ListMeta } from './table.ts';

export function getObject(api: Api, { resource, target }: ApiRequest): Answer {
  const name = target.name ?? '';
  const object = api.store.get(resource.storageKey, keyOf(target.namespace, name));
  if (object === undefined) throw notFound(resource, name);
  return { code: 200, object };
}

/** Namespace, labelSelector and fieldSelector of a request as one predicate. */
export function readSelection({ query, target, resource }: ApiRequest): ObjectFilter {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', resource.selectableFields);
  const { namespace, name } = target;
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    labels(object) &&
    fields(object);
}

export function listMatching(api: Api, request: ApiRequest): KubeObject[] {
  return api.store.list(request.resource.storageKey).filter(readSelection(request));
}

const continueToken = z.object({ rv: z.number().int(), start: z.string() });

function encodeToken(token: z.infer<typeof continueToken>): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decodeToken(text: string): z.infer<typeof continueToken> {
  try {
    return continueToken.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw badRequest('continue key is not valid');
  }
}

const TOO_OLD_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';
const TOO_OLD_VERSION = 'The resourceVersion for the provided list is too old.';

function readWantedRevision(api: Api, query: URLSearchParams): number {
  const current = api.store.revision();
  const wanted = readCount(query, 'resourceVersion') ?? 0;
  if (wanted > current) {
    throw failure(
      504,
      'Timeout',
      `Timeout: Too large resource version: ${String(wanted)}, current: ${String(current)}`,
      {
        retryAfterSeconds: 1,
        causes: [
          { reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' },
        ],
      },
    );
  }
  return query.get('resourceVersionMatch') === 'Exact' ? wanted : current;
}

export interface ListAnswer {
  readonly objects: readonly KubeObject[];
  readonly meta: ListMeta;
}

export function listObjects(api: Api, request: ApiRequest): ListAnswer {
  const { query, resource } = request;
  const token = query.get('continue') ?? '';
  const from = token === '' ? undefined : decodeToken(token);
  const revision = from?.rv ?? readWantedRevision(api, query);
  const limit = readCount(query, 'limit') ?? 0;
  const state = api.store.listAt(resource.storageKey, revision);
  if (state === 'compacted') throw expired(from === undefined ? TOO_OLD_VERSION : TOO_OLD_CONTINUE);
  const selects = readSelection(request);
  const matching = state.filter(selects);
  const left =
    from === undefined ? matching : matching.filter((object) => keyOfObject(object) > from.start);
  const objects = limit === 0 ? left : left.slice(0, limit);
  const remaining = left.length - objects.length;
  const last = objects.at(-1);
  const isFiltered = query.has('labelSelector') || query.has('fieldSelector');
  const meta: ListMeta = {
    resourceVersion: String(revision),
    ...(remaining > 0 && last !== undefined
      ? {
          continue: encodeToken({ rv: revision, start: keyOfObject(last) }),
          ...(isFiltered ? {} : { remainingItemCount: remaining }),
        }
      : {}),
  };
  return { objects, meta };
}
