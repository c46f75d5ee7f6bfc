/** POST on a collection (and server-side apply of an object that does not exist yet). */
import {
  isDryRun,
  readFieldManager,
  toKubeObject,
  type Answer,
  type Api,
  type ApiRequest,
} from './api-request.ts';
import { CRD_STORAGE_KEY, NAMESPACE_STORAGE_KEY } from './built-in-kinds.ts';
import { establish } from './custom-resources.ts';
import { recordWriter, type FieldPath } from './managed-fields.ts';
import { formatApiVersion, formatTime, toPlain, type KubeObject } from './objects.ts';
import { checkObject, conform, readFieldValidation } from './object-validation.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { alreadyExists, badRequest, forbidden, invalid, notFound } from './status-errors.ts';
import { keyOf, keyOfObject } from './storage.ts';
import { prepareForCreate } from './strategy.ts';

/** Built-in kinds are decoded by a scheme that knows no other; a custom resource is decoded and then judged. */
function checkType({ apiVersion, kind, metadata }: KubeObject, resource: ResourceDefinition): void {
  const expected = formatApiVersion(resource.group, resource.version);
  if (apiVersion === expected && kind === resource.kind) return;
  if (resource.custom === undefined) {
    throw badRequest(
      `${kind} in version "${apiVersion}" cannot be handled as a ${resource.kind}: no kind "${kind}" is registered for version "${apiVersion}"`,
    );
  }
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  const message = `Invalid value: "${kind}": must be ${resource.kind}`;
  throw invalid({ ...resource, kind }, metadata.name, [
    { reason: 'FieldValueInvalid', field: 'kind', message },
  ]);
}

/** Every subject of an API request must be of the kind and place that the URL names. */
export function placeObject(object: KubeObject, { resource, target }: ApiRequest): KubeObject {
  checkType(object, resource);
  const { namespace } = object.metadata;
  if (!resource.namespaced) {
    const { namespace: _none, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
  if (target.namespace === undefined)
    throw badRequest('an empty namespace may not be set during creation');
  if (namespace !== undefined && namespace !== '' && namespace !== target.namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  }
  return { ...object, metadata: { ...object.metadata, namespace: target.namespace } };
}

/** The NamespaceLifecycle plugin of a real server. */
function requireNamespace(api: Api, { resource, target }: ApiRequest, name: string): void {
  if (!resource.namespaced || target.namespace === undefined) return;
  const namespace = api.store.get(NAMESPACE_STORAGE_KEY, keyOf(undefined, target.namespace));
  if (namespace === undefined) {
    throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, target.namespace);
  }
  if (namespace.metadata.deletionTimestamp !== undefined) {
    throw forbidden(
      resource,
      name,
      `unable to create new content in namespace ${target.namespace} because it is being terminated`,
    );
  }
}

/** @param owned given by server-side apply: the paths its manager owns */
export async function createObject(
  api: Api,
  request: ApiRequest,
  owned?: ReadonlySet<FieldPath>,
): Promise<Answer> {
  const { resource, target, query, warnings, audit, user } = request;
  const dryRun = isDryRun(query);
  const placed = placeObject(toKubeObject(request.body), request);
  requireNamespace(api, request, placed.metadata.name);
  const prepared = prepareForCreate(resource, placed, api.now());
  const conformed = conform(resource, prepared, {
    fieldValidation: readFieldValidation(query),
    warnings,
  });
  const input = {
    resource,
    subresource: undefined,
    operation: 'CREATE' as const,
    namespace: target.namespace,
    name: conformed.metadata.name,
    object: conformed,
    oldObject: undefined,
    user,
    dryRun,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', ...writeOptions(request) },
    warnings,
    audit,
  };
  const mutated = toKubeObject(await api.admission.mutate(input));
  const object = conform(resource, mutated, { fieldValidation: 'Ignore', warnings: [] });
  checkObject(resource, object);
  await api.admission.validate({ ...input, object });
  const finished = finishCreate(api, object);
  const manager = {
    manager: readFieldManager(request),
    operation: owned === undefined ? ('Update' as const) : ('Apply' as const),
    apiVersion: object.apiVersion,
    subresource: undefined,
    time: formatTime(api.now()),
  };
  const managedFields = recordWriter(undefined, finished, manager, owned);
  const ready = toPlain({ ...finished, metadata: { ...finished.metadata, managedFields } });
  if (dryRun) {
    if (api.store.get(resource.storageKey, keyOfObject(ready)) !== undefined) {
      throw alreadyExists(resource, ready.metadata.name);
    }
    return { code: 201, object: ready };
  }
  const stored = api.store.create(resource.storageKey, ready);
  if (stored === 'exists') throw alreadyExists(resource, ready.metadata.name);
  return { code: 201, object: stored };
}

function finishCreate(api: Api, object: KubeObject): KubeObject {
  const isDefinition =
    object.kind === 'CustomResourceDefinition' &&
    object.apiVersion.startsWith(CRD_STORAGE_KEY.split('/')[0] ?? '');
  return isDefinition ? establish(object, formatTime(api.now())) : object;
}

export function writeOptions({ query }: ApiRequest): Record<string, unknown> {
  const fieldManager = query.get('fieldManager');
  const fieldValidation = query.get('fieldValidation');
  return {
    ...(isDryRun(query) ? { dryRun: ['All'] } : {}),
    ...(fieldManager === null ? {} : { fieldManager }),
    ...(fieldValidation === null ? {} : { fieldValidation }),
  };
}
