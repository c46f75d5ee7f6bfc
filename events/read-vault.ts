import { z } from 'zod';
import { foldNames } from './fold-names.ts';

const VAULT_NAME = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){2,23}$/u;
const DATA = z.object({ vaultname: z.string().max(64) });

/**
 * The vault of an event that is about no object in it; undefined when it names none. Microsoft documents the fields of such an event and
 * shows no sample, so nothing but the name is asked for.
 */
export function readVaultName(data: unknown): string | undefined {
  const parsed = DATA.safeParse(foldNames(data, Object.keys(DATA.shape)));
  const name = parsed.data?.vaultname.trim().toLowerCase();
  return name !== undefined && VAULT_NAME.test(name) ? name : undefined;
}
