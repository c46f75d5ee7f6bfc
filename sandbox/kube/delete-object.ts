/**
 * DELETE: preconditions, finalizers, cascades that the API server itself does (a CRD takes its objects along) and the one that the
 * namespace controller does, so that `kubectl delete ns` ends. Owner references are not followed: no garbage collector runs here.
 */
import { z } from 'zod';
import { isDryRun, type Answer, type Api, type ApiRequest } from './api-request.ts';
import { CRD_STORAGE_KEY, NAMESPACE_STORAGE_KEY } from './built-in-kinds.ts';
import { formatTime, readPath, type KubeObject } from './objects.ts';
import { listMatching } from './read-object.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { badRequest, conflict, forbidden, notFound, success } from './status-errors.ts';
import { keyOf, keyOfObject } from './storage.ts';

const deleteOptions = z.looseObject({
  preconditions: z
    .object({ uid: z.string().optional(), resourceVersion: z.string().optional() })
    .nullish(),
  propagationPolicy: z.enum(['Orphan', 'Background', 'Foreground']).nullish(),
  gracePeriodSeconds: z.number().int().nullish(),
  dryRun: z.array(z.literal('All')).nullish(),
});

type DeleteOptions = z.infer<typeof deleteOptions>;

function readOptions(body: unknown): DeleteOptions {
  if (body === undefined) return {};
  const parsed = deleteOptions.safeParse(body);
  if (!parsed.success) throw badRequest('the body of a delete must be DeleteOptions');
  return parsed.data;
}

function checkPreconditions(
  resource: ResourceDefinition,
  current: KubeObject,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion, name } = current.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw conflict(
      resource,
      name,
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid ?? ''}). The object might have been deleted and then recreated`,
    );
  }
  if (
    preconditions?.resourceVersion !== undefined &&
    preconditions.resourceVersion !== resourceVersion
  ) {
    throw conflict(
      resource,
      name,
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion ?? ''}). The object might have been modified`,
    );
  }
}

function hasFinalizers({ metadata }: KubeObject): boolean {
  return (metadata.finalizers ?? []).length > 0;
}

function markDeleted(api: Api, resource: ResourceDefinition, current: KubeObject): KubeObject {
  if (current.metadata.deletionTimestamp !== undefined) return current;
  const { generation } = current.metadata;
  const marked: KubeObject = {
    ...current,
    ...(resource.storageKey === NAMESPACE_STORAGE_KEY ? { status: { phase: 'Terminating' } } : {}),
    metadata: {
      ...current.metadata,
      deletionTimestamp: formatTime(api.now()),
      deletionGracePeriodSeconds: 0,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
    },
  };
  const stored = api.store.replace(
    resource.storageKey,
    marked,
    current.metadata.resourceVersion ?? '',
  );
  return stored === 'conflict' ? current : stored;
}

function removeNow(api: Api, resource: ResourceDefinition, current: KubeObject): void {
  api.store.remove(
    resource.storageKey,
    keyOfObject(current),
    current.metadata.resourceVersion ?? '',
  );
  if (current.metadata.namespace !== undefined) finishNamespace(api, current.metadata.namespace);
}

/** Asks for the removal of one object: at once, or when its finalizers are gone. */
function requestRemoval(
  api: Api,
  resource: ResourceDefinition,
  current: KubeObject,
): KubeObject | undefined {
  if (resource.storageKey === CRD_STORAGE_KEY) purgeKind(api, current);
  if (resource.storageKey === NAMESPACE_STORAGE_KEY) {
    const marked = markDeleted(api, resource, current);
    purgeNamespace(api, current.metadata.name);
    finishNamespace(api, current.metadata.name);
    return api.store.get(NAMESPACE_STORAGE_KEY, keyOfObject(marked)) === undefined
      ? undefined
      : marked;
  }
  if (hasFinalizers(current)) return markDeleted(api, resource, current);
  removeNow(api, resource, current);
  return undefined;
}

function purgeKind(api: Api, definition: KubeObject): void {
  const group = String(readPath(definition, ['spec', 'group']));
  const plural = String(readPath(definition, ['spec', 'names', 'plural']));
  const resource = api.registry.byStorageKey(`${group}/${plural}`);
  if (resource === undefined) return;
  // The definition goes in the same step, so finalizers of its objects could never be honoured by a client.
  for (const object of api.store.list(resource.storageKey)) removeNow(api, resource, object);
}

function contentsOf(
  api: Api,
  namespace: string,
): { resource: ResourceDefinition; object: KubeObject }[] {
  const kinds = new Map(
    api.registry
      .all()
      .filter((one) => one.namespaced)
      .map((one) => [one.storageKey, one]),
  );
  return [...kinds.values()].flatMap((resource) =>
    api.store
      .list(resource.storageKey)
      .filter((object) => object.metadata.namespace === namespace)
      .map((object) => ({ resource, object })),
  );
}

function purgeNamespace(api: Api, namespace: string): void {
  for (const { resource, object } of contentsOf(api, namespace))
    requestRemoval(api, resource, object);
}

/** What the namespace controller does last: a terminating namespace with nothing left in it goes. */
function finishNamespace(api: Api, name: string): void {
  const namespace = api.store.get(NAMESPACE_STORAGE_KEY, keyOf(undefined, name));
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  if (hasFinalizers(namespace) || contentsOf(api, name).length > 0) return;
  api.store.remove(
    NAMESPACE_STORAGE_KEY,
    keyOf(undefined, name),
    namespace.metadata.resourceVersion ?? '',
  );
}

/** After an update: an object marked for deletion whose last finalizer left is removed. */
export function finishRemoval(
  api: Api,
  resource: ResourceDefinition,
  stored: KubeObject,
): KubeObject {
  if (stored.metadata.deletionTimestamp === undefined || hasFinalizers(stored)) return stored;
  if (resource.storageKey === NAMESPACE_STORAGE_KEY) finishNamespace(api, stored.metadata.name);
  else removeNow(api, resource, stored);
  return stored;
}

const PROTECTED_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

async function admitDelete(api: Api, request: ApiRequest, current: KubeObject): Promise<void> {
  const { resource, user, warnings, audit, query } = request;
  const input = {
    resource,
    subresource: undefined,
    operation: 'DELETE' as const,
    namespace: current.metadata.namespace,
    name: current.metadata.name,
    object: undefined,
    oldObject: current,
    user,
    dryRun: isDryRun(query),
    options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' },
    warnings,
    audit,
  };
  await api.admission.mutate(input);
  await api.admission.validate(input);
}

async function deleteOne(
  api: Api,
  request: ApiRequest,
  found: KubeObject,
): Promise<KubeObject | undefined> {
  const { resource, query, body } = request;
  const options = readOptions(body);
  checkPreconditions(resource, found, options);
  if (
    resource.storageKey === NAMESPACE_STORAGE_KEY &&
    PROTECTED_NAMESPACES.includes(found.metadata.name)
  ) {
    throw forbidden(resource, found.metadata.name, 'this namespace may not be deleted');
  }
  await admitDelete(api, request, found);
  // Admission takes time: judge the object as it is now, not as it was.
  const current = api.store.get(resource.storageKey, keyOfObject(found));
  if (current === undefined) throw notFound(resource, found.metadata.name);
  checkPreconditions(resource, current, options);
  if (isDryRun(query) || options.dryRun?.length === 1) return current;
  return requestRemoval(api, resource, current);
}

export async function deleteObject(api: Api, request: ApiRequest): Promise<Answer> {
  const { resource, target } = request;
  const name = target.name ?? '';
  const found = api.store.get(resource.storageKey, keyOf(target.namespace, name));
  if (found === undefined) throw notFound(resource, name);
  const left = await deleteOne(api, request, found);
  if (left !== undefined) return { code: 200, object: left };
  // A Pod is answered with itself, as a real server does for kinds with graceful deletion.
  if (resource.storageKey === '/pods') return { code: 200, object: found };
  return {
    code: 200,
    object: undefined,
    status: success(resource, name, found.metadata.uid ?? ''),
  };
}

export async function deleteCollection(api: Api, request: ApiRequest): Promise<KubeObject[]> {
  const found = listMatching(api, request);
  for (const object of found) await deleteOne(api, request, object);
  return found;
}
