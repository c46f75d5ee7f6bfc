import type { RegistryCredentials } from './credentials.ts';

/** None for any host. */
export const anonymousCredentials: RegistryCredentials = {
  scope: 'anonymous',
  find: async () => undefined,
  forget: () => undefined,
};
