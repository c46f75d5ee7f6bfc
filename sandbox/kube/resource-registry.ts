/** Which resources are served now: the built-in ones and what the stored CustomResourceDefinitions add. */
import { CRD_STORAGE_KEY, listBuiltInKinds } from './built-in-kinds.ts';
import { defineCustomResources } from './custom-resources.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import type { Store, StoredEvent } from './storage.ts';

export interface ResourceRegistry {
  find(group: string, version: string, plural: string): ResourceDefinition | undefined;
  /** Any served version of a kind, by storage key. */
  byStorageKey(storageKey: string): ResourceDefinition | undefined;
  all(): readonly ResourceDefinition[];
}

export function createResourceRegistry(store: Store): ResourceRegistry {
  const builtIn = listBuiltInKinds();
  const custom = new Map<string, ResourceDefinition[]>();
  const follow = (event: StoredEvent): void => {
    if (event.storageKey !== CRD_STORAGE_KEY) return;
    const { name } = event.object.metadata;
    if (event.type === 'DELETED') custom.delete(name);
    else custom.set(name, defineCustomResources(event.object));
  };
  store.subscribe(follow);
  const all = (): ResourceDefinition[] => [...builtIn, ...[...custom.values()].flat()];
  return {
    all,
    find: (group, version, plural) =>
      all().find((one) => one.plural === plural && one.group === group && one.version === version),
    byStorageKey: (storageKey) => all().find((one) => one.storageKey === storageKey),
  };
}
