import { apiVersionOf, type Resource } from '../../platform/kube/resources.ts';
import { noteOfKey } from './provider-patch.ts';
import type { GeneratedWrite } from '../plan/plan-generated.ts';

/** The provider as it is created. */
export function createGeneratedProvider(
  write: GeneratedWrite,
  resource: Resource,
  createKey: () => string,
): Readonly<Record<string, unknown>> {
  const { name, namespace } = write.place;
  const key = keyOf(write, createKey);
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'app.kubernetes.io/managed-by': 'keyward' },
      annotations: withoutNulls({ ...write.annotations, ...noteOfKey(key) }),
    },
    spec: specOf(write, key),
  };
}

/**
 * The one merge patch that makes an existing one so, with the observed resourceVersion. What it has and should not have is named with
 * `null`.
 */
export function createGeneratedPatch(
  write: GeneratedWrite,
  createKey: () => string,
): Readonly<Record<string, unknown>> {
  const { existing, kind } = write;
  const key = keyOf(write, createKey);
  const annotations = { ...write.annotations, ...noteOfKey(key) };
  const metadata = {
    resourceVersion: existing?.resourceVersion,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  if (kind === 'annotate') return { metadata };
  const wanted = specOf(write, key);
  const absent = Object.keys(existing?.parameters ?? {}).map((name) => [name, null] as const);
  return {
    metadata,
    spec: {
      refreshInterval: null,
      ...wanted,
      parameters: { ...Object.fromEntries(absent), ...wanted.parameters },
    },
  };
}

function keyOf({ kind }: GeneratedWrite, createKey: () => string): string | undefined {
  return kind === 'tombstone' ? createKey() : undefined;
}

function specOf(
  { parameters, keys, refreshInterval }: GeneratedWrite,
  key: string | undefined,
): { readonly parameters: Readonly<Record<string, unknown>>; readonly type: string } {
  const refresh = refreshInterval === undefined ? {} : { refreshInterval };
  if (key !== undefined) return { type: 'inline', parameters: { contentType: 'key', value: key } };
  return { type: 'azurekeyvault', ...refresh, parameters: { ...parameters, keys } };
}

function withoutNulls(
  annotations: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
