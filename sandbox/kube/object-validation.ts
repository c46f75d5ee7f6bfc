/** What a write must satisfy: names and labels, custom resource schemas, and the few built-in rules that admission tests lean on. */
import { checkCustomResourceDefinition } from './custom-resources.ts';
import { isRecord, sameValue, type KubeObject } from './objects.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { badRequest, invalid, type StatusCause, type StatusError } from './status-errors.ts';
import { applyDefaults, prune } from './structural-schema.ts';
import { validate } from './schema-validation.ts';
import { checkWebhookConfiguration } from './webhook-configuration.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const NAME_PART = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** RBAC names may hold `:` (`system:node`). */
function isValidName(resource: ResourceDefinition, name: string): boolean {
  if (resource.group === 'rbac.authorization.k8s.io') return !/[/%]/.test(name) && name !== '..';
  return name.length <= 253 && SUBDOMAIN.test(name);
}

/** Keys of labels and annotations: a name of at most 63 characters, with or without a DNS name and a slash before it. */
function isQualifiedName(key: string): boolean {
  const parts = key.split('/');
  const [prefix, name] = parts.length === 1 ? [undefined, parts[0]] : parts;
  if (parts.length > 2 || name === undefined || !NAME_PART.test(name)) return false;
  return prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix));
}

function checkKeys(field: string, keys: readonly string[]): StatusCause[] {
  return keys
    .filter((key) => !isQualifiedName(key))
    .map((key) => ({
      reason: 'FieldValueInvalid',
      field,
      message: `Invalid value: "${key}": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
    }));
}

function checkMetadata(resource: ResourceDefinition, { metadata }: KubeObject): StatusCause[] {
  const { name, labels, annotations } = metadata;
  const lowerCased = Object.keys(annotations ?? {}).map((key) => key.toLowerCase());
  const causes = [
    ...checkKeys('metadata.labels', Object.keys(labels ?? {})),
    // As there: the case of an annotation's key does not matter.
    ...checkKeys('metadata.annotations', lowerCased),
  ];
  if (name === '') {
    causes.push({
      reason: 'FieldValueRequired',
      field: 'metadata.name',
      message: 'Required value: name or generateName is required',
    });
  } else if (!isValidName(resource, name)) {
    causes.push({
      reason: 'FieldValueInvalid',
      field: 'metadata.name',
      message: `Invalid value: "${name}": ${SUBDOMAIN_RULE}`,
    });
  }
  for (const value of Object.values(labels ?? {})) {
    if (LABEL_VALUE.test(value)) continue;
    causes.push({
      reason: 'FieldValueInvalid',
      field: 'metadata.labels',
      message: `Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'`,
    });
  }
  return causes;
}

function required(field: string): StatusCause {
  return { reason: 'FieldValueRequired', field, message: 'Required value' };
}

function checkPod(object: KubeObject): StatusCause[] {
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  const containers = Array.isArray(spec['containers']) ? spec['containers'] : [];
  if (containers.length === 0) return [required('spec.containers')];
  return containers.flatMap((container, index) =>
    ['name', 'image']
      .filter(
        (key) =>
          !isRecord(container) || typeof container[key] !== 'string' || container[key] === '',
      )
      .map((key) => required(`spec.containers[${String(index)}].${key}`)),
  );
}

const CHANGEABLE_IN_POD = [
  'activeDeadlineSeconds',
  'terminationGracePeriodSeconds',
  'tolerations',
  'ephemeralContainers',
  'schedulingGates',
  'nodeName',
];

function frozenPodSpec(object: KubeObject): unknown {
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  const withoutImage = (list: unknown): unknown =>
    Array.isArray(list) ? list.map((one) => (isRecord(one) ? { ...one, image: '' } : one)) : list;
  const kept = Object.entries(spec).filter(([key]) => !CHANGEABLE_IN_POD.includes(key));
  return {
    ...Object.fromEntries(kept),
    containers: withoutImage(spec['containers']),
    initContainers: withoutImage(spec['initContainers']),
  };
}

function checkPodUpdate(
  object: KubeObject,
  old: KubeObject,
  subresource: string | undefined,
): StatusCause[] {
  const ephemeral = (pod: KubeObject): unknown =>
    (isRecord(pod['spec']) ? pod['spec']['ephemeralContainers'] : undefined) ?? [];
  const isFrozen = sameValue(frozenPodSpec(object), frozenPodSpec(old));
  if (
    isFrozen &&
    (subresource === 'ephemeralcontainers' || sameValue(ephemeral(object), ephemeral(old)))
  ) {
    return [];
  }
  return [
    {
      reason: 'FieldValueForbidden',
      field: 'spec',
      message:
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    },
  ];
}

function checkKind(resource: ResourceDefinition, object: KubeObject): StatusCause[] {
  switch (resource.kind) {
    case 'Pod':
      return checkPod(object);
    case 'CustomResourceDefinition':
      return checkCustomResourceDefinition(object);
    case 'ValidatingWebhookConfiguration':
    case 'MutatingWebhookConfiguration': {
      const wrong = checkWebhookConfiguration(object);
      return wrong === undefined ? [] : [{ reason: 'FieldValueInvalid', ...wrong }];
    }
    default:
      return [];
  }
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** @throws StatusError 400 for a word the API does not know */
export function readFieldValidation(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  if (value === '' || value === 'Warn') return 'Warn';
  if (value === 'Strict' || value === 'Ignore') return value;
  throw badRequest(
    `fieldValidation: Unsupported value: "${value}": supported values: "Ignore", "Strict", "Warn"`,
  );
}

function strictlyRefused(
  resource: ResourceDefinition,
  object: KubeObject,
  { words, isPatch }: { readonly words: readonly string[]; readonly isPatch: boolean },
): StatusError {
  const strict = `strict decoding error: ${words.join(', ')}`;
  if (isPatch) {
    const message = `Invalid value: ${JSON.stringify(JSON.stringify(object))}: ${strict}`;
    return invalid({ group: '', kind: '', plural: '' }, '', [
      { reason: 'FieldValueInvalid', field: 'patch', message },
    ]);
  }
  return badRequest(
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${strict}`,
  );
}

export interface Conforming {
  readonly fieldValidation: FieldValidation;
  /** Unknown fields that are dropped are told here. */
  readonly warnings: string[];
  /** A patch with unknown fields is refused in other words than a whole object. */
  readonly isPatch?: boolean;
}

/** Prunes unknown fields and fills defaults of a custom resource; built-in objects pass as they are. */
export function conform(
  resource: ResourceDefinition,
  object: KubeObject,
  { fieldValidation, warnings, isPatch = false }: Conforming,
): KubeObject {
  if (resource.custom === undefined) return object;
  const { schema } = resource.custom;
  const { value, unknown } = prune(object, schema);
  const words = unknown.map((path) => `unknown field "${path}"`);
  if (fieldValidation === 'Strict' && words.length > 0) {
    throw strictlyRefused(resource, object, { words, isPatch });
  }
  if (fieldValidation === 'Warn') warnings.push(...words);
  return applyDefaults(value, schema) as KubeObject;
}

/** @throws StatusError 422 with one cause per violation */
export function checkObject(
  resource: ResourceDefinition,
  object: KubeObject,
  old?: { readonly object: KubeObject; readonly subresource: string | undefined },
): void {
  const causes = [...checkMetadata(resource, object), ...checkKind(resource, object)];
  if (old !== undefined && resource.kind === 'Pod') {
    causes.push(...checkPodUpdate(object, old.object, old.subresource));
  }
  if (resource.custom !== undefined) {
    const { apiVersion: _version, kind: _kind, metadata: _metadata, ...content } = object;
    causes.push(...validate(content, resource.custom.schema));
  }
  if (causes.length > 0) throw invalid(resource, object.metadata.name, causes);
}
