import type { Kmp } from '../../platform/kube/schemas.ts';
import { markOfKey, TOMBSTONE_KEY } from '../plan/kmp-annotations.ts';
import type { KmpWrite } from '../plan/plan-kmp.ts';

/**
 * The one merge patch that carries out a provider's write. It holds the observed resourceVersion, so that it meets the object that was
 * planned on or nothing at all, and touches only what is managed: in a merge patch, `null` takes a field away.
 */
export function createProviderPatch(
  kmp: Kmp,
  write: KmpWrite,
  createKey: () => string,
): Readonly<Record<string, unknown>> {
  const { kind } = write;
  const key = kind === 'tombstone' ? createKey() : undefined;
  const annotations = { ...write.annotations, ...noteOfKey(key) };
  const spec = createSpec(kmp, write, key);
  return {
    metadata: {
      resourceVersion: kmp.resourceVersion,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    ...(spec === undefined ? {} : { spec }),
  };
}

/** The annotation by which a tombstone's key is known again. */
export function noteOfKey(key: string | undefined): Readonly<Record<string, string>> {
  return key === undefined ? {} : { [TOMBSTONE_KEY]: markOfKey(key) };
}

function createSpec(
  kmp: Kmp,
  { kind, keys, restore }: KmpWrite,
  key: string | undefined,
): Readonly<Record<string, unknown>> | undefined {
  switch (kind) {
    case 'annotate':
      return undefined;
    case 'tombstone':
      return {
        type: 'inline',
        parameters: { ...absent(kmp.parameters), contentType: 'key', value: key },
      };
    case 'list':
      if (restore === undefined) return { parameters: { keys } };
      return {
        type: 'azurekeyvault',
        parameters: { ...absent(kmp.parameters), ...restore, keys },
      };
  }
}

function absent(parameters: Readonly<Record<string, unknown>>): Record<string, null> {
  return Object.fromEntries(Object.keys(parameters).map((name) => [name, null]));
}
