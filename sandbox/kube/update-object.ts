/** PUT and PATCH, on an object and on its subresources: read, change, admit, compare-and-swap. */
import {
  isDryRun,
  readFieldManager,
  toKubeObject,
  type Answer,
  type Api,
  type ApiRequest,
} from './api-request.ts';
import { CRD_STORAGE_KEY } from './built-in-kinds.ts';
import { createObject, placeObject, writeOptions } from './create-object.ts';
import { establish } from './custom-resources.ts';
import { finishRemoval } from './delete-object.ts';
import { recordWriter, type FieldPath } from './managed-fields.ts';
import { formatTime, isRecord, sameValue, toPlain, type KubeObject } from './objects.ts';
import { checkObject, conform, readFieldValidation } from './object-validation.ts';
import { applyPatchBody, readPatchKind } from './patch.ts';
import { applyConfiguration } from './server-side-apply.ts';
import { badRequest, conflict, invalid, notFound } from './status-errors.ts';
import { keyOf } from './storage.ts';
import { bumpGeneration, prepareForUpdate } from './strategy.ts';

interface Change {
  readonly candidate: KubeObject;
  readonly operation: 'Apply' | 'Update';
  readonly owned: ReadonlySet<FieldPath> | undefined;
  readonly isPatch: boolean;
}

/** A patch without a resourceVersion is tried again on the newer object, as often as a real server does. */
const MAX_ATTEMPTS = 5;

function checkVersion(request: ApiRequest, candidate: KubeObject, current: KubeObject): void {
  const { resource } = request;
  const { resourceVersion, uid, name } = candidate.metadata;
  if (name !== '' && name !== current.metadata.name) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${current.metadata.name})`,
    );
  }
  if (uid !== undefined && uid !== '' && uid !== current.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid ?? ''}`,
    );
  }
  const isUnconditional = resourceVersion === undefined || resourceVersion === '';
  if (isUnconditional && !resource.unconditionalUpdate) {
    const message = 'Invalid value: 0: must be specified for an update';
    throw invalid(resource, name, [
      { reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message },
    ]);
  }
  if (!isUnconditional && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(resource, current.metadata.name);
  }
}

async function admitUpdate(
  api: Api,
  request: ApiRequest,
  next: KubeObject,
  current: KubeObject,
): Promise<KubeObject> {
  const { resource, target, warnings, audit, user, query } = request;
  const input = {
    resource,
    subresource: target.subresource,
    operation: 'UPDATE' as const,
    namespace: target.namespace,
    name: current.metadata.name,
    object: next,
    oldObject: current,
    user,
    dryRun: isDryRun(query),
    options: { kind: 'UpdateOptions', apiVersion: 'meta.k8s.io/v1', ...writeOptions(request) },
    warnings,
    audit,
  };
  const mutated = await api.admission.mutate(input);
  const kept = prepareForUpdate(resource, toKubeObject(mutated), current, target.subresource);
  const conformed = conform(resource, kept, { fieldValidation: 'Ignore', warnings: [] });
  checkObject(resource, conformed, { object: current, subresource: target.subresource });
  const established =
    resource.storageKey === CRD_STORAGE_KEY
      ? establish(conformed, formatTime(api.now()))
      : conformed;
  const object = bumpGeneration(resource, established, current);
  await api.admission.validate({ ...input, object });
  return object;
}

function withoutManagers({
  metadata: { managedFields: _managed, ...metadata },
  ...rest
}: KubeObject): unknown {
  return toPlain({ ...rest, metadata });
}

function isUnchanged(next: KubeObject, current: KubeObject): boolean {
  const managers = ({ metadata }: KubeObject): string[] =>
    (metadata.managedFields ?? []).map((entry) => JSON.stringify(entry)).sort();
  return (
    sameValue(withoutManagers(next), withoutManagers(current)) &&
    sameValue(managers(next), managers(current))
  );
}

/** @returns undefined when another writer came first */
async function writeOnce(
  api: Api,
  request: ApiRequest,
  current: KubeObject,
  change: Change,
): Promise<KubeObject | undefined> {
  const { resource, target, query, warnings } = request;
  const prepared = prepareForUpdate(resource, change.candidate, current, target.subresource);
  const conformed = conform(resource, prepared, {
    fieldValidation: readFieldValidation(query),
    warnings,
    isPatch: change.isPatch,
  });
  const object = await admitUpdate(api, request, conformed, current);
  const writer = {
    manager: readFieldManager(request),
    operation: change.operation,
    apiVersion: object.apiVersion,
    subresource: target.subresource,
    time: formatTime(api.now()),
  };
  const managedFields = recordWriter(current, object, writer, change.owned);
  const next = toPlain({ ...object, metadata: { ...object.metadata, managedFields } });
  // A write that changes nothing makes no event and no new resourceVersion.
  if (isUnchanged(next, current)) return current;
  if (isDryRun(query)) return next;
  const stored = api.store.replace(
    resource.storageKey,
    next,
    current.metadata.resourceVersion ?? '',
  );
  if (stored === 'conflict') return undefined;
  return finishRemoval(api, resource, stored);
}

function readCurrent(api: Api, { resource, target }: ApiRequest): KubeObject | undefined {
  return api.store.get(resource.storageKey, keyOf(target.namespace, target.name ?? ''));
}

function requireCurrent(api: Api, request: ApiRequest): KubeObject {
  const current = readCurrent(api, request);
  if (current === undefined) throw notFound(request.resource, request.target.name ?? '');
  return current;
}

export async function replaceObject(api: Api, request: ApiRequest): Promise<Answer> {
  const candidate = placeObject(toKubeObject(request.body), request);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const current = requireCurrent(api, request);
    checkVersion(request, candidate, current);
    const written = await writeOnce(api, request, current, {
      candidate,
      operation: 'Update',
      owned: undefined,
      isPatch: false,
    });
    if (written !== undefined) return { code: 200, object: written };
  }
  throw conflict(request.resource, request.target.name ?? '');
}

function computeApply(request: ApiRequest, current: KubeObject): Change {
  const { query, body, target } = request;
  if (!isRecord(body)) throw badRequest('the applied configuration must be an object');
  const { object, owned } = applyConfiguration(current, body, {
    manager: readFieldManager(request),
    force: query.get('force') === 'true',
    subresource: target.subresource,
  });
  return { candidate: toKubeObject(object), operation: 'Apply', owned, isPatch: true };
}

const PATCH_OPTIONS = { group: 'meta.k8s.io', kind: 'PatchOptions', plural: 'patchoptions' };

function requireApplyOptions({ query }: ApiRequest): void {
  if ((query.get('fieldManager') ?? '') === '') {
    throw invalid(PATCH_OPTIONS, '', [
      {
        reason: 'FieldValueRequired',
        field: 'fieldManager',
        message: 'Required value: is required for apply patch',
      },
    ]);
  }
}

export async function patchObject(api: Api, request: ApiRequest): Promise<Answer> {
  const { resource, target, body, contentType } = request;
  const kind = readPatchKind(contentType, resource);
  if (kind === 'apply') requireApplyOptions(request);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const current = readCurrent(api, request);
    if (current === undefined) {
      if (kind !== 'apply' || target.subresource !== undefined)
        throw notFound(resource, target.name ?? '');
      return await applyNew(api, request);
    }
    const change: Change =
      kind === 'apply'
        ? computeApply(request, current)
        : {
            candidate: toKubeObject(applyPatchBody(kind, current, body)),
            operation: 'Update',
            owned: undefined,
            isPatch: true,
          };
    checkVersion(request, change.candidate, current);
    const written = await writeOnce(api, request, current, change);
    if (written !== undefined) return { code: 200, object: written };
  }
  throw conflict(resource, target.name ?? '');
}

async function applyNew(api: Api, request: ApiRequest): Promise<Answer> {
  const { target, body } = request;
  const applied = placeObject(toKubeObject(body), request);
  const named = { ...applied, metadata: { ...applied.metadata, name: target.name ?? '' } };
  const { owned } = applyConfiguration(named, named, {
    manager: readFieldManager(request),
    force: true,
    subresource: undefined,
  });
  return await createObject(api, { ...request, body: named }, owned);
}
