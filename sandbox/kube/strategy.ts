/** What the server itself does to an object on its way in: metadata it owns, subresources kept apart, a few per-kind defaults. */
import { randomBytes, randomUUID } from 'node:crypto';
import { formatTime, isRecord, sameValue, type JsonRecord, type KubeObject } from './objects.ts';
import type { ResourceDefinition } from './resource-definition.ts';

const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

function randomSuffix(): string {
  return [...randomBytes(5)].map((byte) => NAME_LETTERS[byte % NAME_LETTERS.length]).join('');
}

function hasStatusSubresource(resource: ResourceDefinition): boolean {
  return resource.subresources.includes('status');
}

function createdPod(object: KubeObject): KubeObject {
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  return {
    ...object,
    spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
    status: { phase: 'Pending' },
  };
}

function createdNamespace(object: KubeObject): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name },
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

/** `stringData` is write-only (core/v1 Secret). */
function withEncodedData({ stringData, ...secret }: KubeObject): KubeObject {
  const plain = isRecord(stringData) ? stringData : {};
  const encoded = Object.entries(plain).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  const data = isRecord(secret['data']) ? secret['data'] : {};
  return {
    ...secret,
    type: secret['type'] ?? 'Opaque',
    data: { ...data, ...Object.fromEntries(encoded) },
  };
}

export function prepareForCreate(
  resource: ResourceDefinition,
  object: KubeObject,
  now: Date,
): KubeObject {
  const {
    resourceVersion: _version,
    managedFields: _managed,
    deletionTimestamp: _deletion,
    deletionGracePeriodSeconds: _grace,
    selfLink: _selfLink,
    ...metadata
  } = object.metadata;
  const { generateName } = metadata;
  const name =
    metadata.name === '' && generateName !== undefined && generateName !== ''
      ? `${generateName}${randomSuffix()}`
      : metadata.name;
  const created: KubeObject = {
    ...object,
    metadata: {
      ...metadata,
      name,
      uid: randomUUID(),
      creationTimestamp: formatTime(now),
      ...(resource.hasGeneration ? { generation: 1 } : {}),
    },
  };
  if (hasStatusSubresource(resource)) delete created['status'];
  switch (resource.storageKey) {
    case '/pods':
      return createdPod(created);
    case '/namespaces':
      return createdNamespace(created);
    case '/secrets':
      return withEncodedData(created);
    default:
      return created;
  }
}

function desiredState({
  metadata: _metadata,
  status: _status,
  apiVersion: _version,
  ...rest
}: KubeObject): JsonRecord {
  return rest;
}

function replaceEphemeralContainers(candidate: KubeObject, current: KubeObject): KubeObject {
  const wanted = isRecord(candidate['spec']) ? candidate['spec'] : {};
  const spec = isRecord(current['spec']) ? current['spec'] : {};
  return {
    ...current,
    spec: { ...spec, ephemeralContainers: wanted['ephemeralContainers'] ?? [] },
  };
}

/** Each endpoint writes its own part and nothing else. */
function selectPart(
  resource: ResourceDefinition,
  candidate: KubeObject,
  current: KubeObject,
  subresource: string | undefined,
): KubeObject {
  if (subresource === 'status') return { ...current, status: candidate['status'] };
  if (subresource === 'ephemeralcontainers') return replaceEphemeralContainers(candidate, current);
  const object = resource.storageKey === '/secrets' ? withEncodedData(candidate) : candidate;
  if (!hasStatusSubresource(resource)) return object;
  const { status: _status, ...rest } = object;
  const kept = current['status'];
  return { ...rest, ...(kept === undefined ? {} : { status: kept }) };
}

export function prepareForUpdate(
  resource: ResourceDefinition,
  candidate: KubeObject,
  current: KubeObject,
  subresource: string | undefined,
): KubeObject {
  const next = selectPart(resource, candidate, current, subresource);
  const was = current.metadata;
  return {
    ...next,
    metadata: {
      ...next.metadata,
      name: was.name,
      namespace: was.namespace,
      uid: was.uid,
      creationTimestamp: was.creationTimestamp,
      deletionTimestamp: was.deletionTimestamp,
      deletionGracePeriodSeconds: was.deletionGracePeriodSeconds,
      managedFields: was.managedFields,
      resourceVersion: was.resourceVersion,
      generation: was.generation,
    },
  };
}

/** Moves `generation` only when the desired state changed: never for metadata or status. */
export function bumpGeneration(
  resource: ResourceDefinition,
  next: KubeObject,
  current: KubeObject,
): KubeObject {
  if (!resource.hasGeneration || sameValue(desiredState(next), desiredState(current))) return next;
  const generation = (current.metadata.generation ?? 0) + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
}
