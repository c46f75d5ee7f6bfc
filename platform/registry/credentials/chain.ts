import { anonymousCredentials } from './anonymous.ts';
import type { RegistryCredentials } from './credentials.ts';
import { RegistryError } from '../registry-error.ts';

/**
 * The first source that has something for a host. A source that fails ends the search: another identity, or none, must not be tried
 * where one is configured. A host that none knows is asked anonymously only when the anonymous source is among them.
 */
export function chainCredentials(sources: readonly RegistryCredentials[]): RegistryCredentials {
  const isAnonymousAllowed = sources.includes(anonymousCredentials);
  return {
    scope: sources.map(({ scope }) => scope).join('+'),
    find: async (host, signal) => {
      for (const source of sources) {
        const credential = await source.find(host, signal);
        if (credential !== undefined) return credential;
      }
      if (isAnonymousAllowed) return undefined;
      throw new RegistryError(
        'REGISTRY_AUTH',
        `no credentials are configured for ${host}, and anonymous access is off`,
      );
    },
    forget: (host) => {
      for (const source of sources) source.forget(host);
    },
  };
}
