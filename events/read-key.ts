import { z } from 'zod';
import { foldNames } from './fold-names.ts';
import { malformed } from './hint.ts';
import type { Malformed } from './hint.ts';

export type KeyName =
  { readonly ok: true; readonly vaultUri: string; readonly name: string } | Malformed;

// Key Vault names are 3 to 24 characters; the suffixes are the clouds that have Event Grid. Managed HSM publishes no events.
const VAULT_HOST =
  /^(?<vault>[a-z](?:[a-z0-9]|-(?=[a-z0-9])){2,23})\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)$/u;
const KEY_PATH = /^\/keys\/(?<name>[0-9a-z-]{1,127})(?:\/[0-9a-z]{1,64})?$/iu;

/** What is read of `data`. Version and dates are not: the vault says them (DESIGN decision 1). */
const DATA = z.object({
  id: z.string().max(512),
  vaultname: z.string().max(64).nullish(),
  objecttype: z.string().max(32).nullish(),
  objectname: z.string().max(256).nullish(),
});

/** Vault and key of an event's `data`, in whatever case its field names came (azure.md 2.4). */
export function readKey(data: unknown): KeyName {
  const fields = foldNames(data, Object.keys(DATA.shape));
  if (fields === undefined) {
    return malformed('EVENT_DATA', 'data is not an object, or names a field twice');
  }
  const parsed = DATA.safeParse(fields);
  if (!parsed.success) return malformed('EVENT_DATA', 'data has no Id, or a field of a wrong type');
  const { id, vaultname, objecttype, objectname } = parsed.data;
  if (isPresent(objecttype) && !isSame(objecttype, 'key')) {
    return malformed('EVENT_DATA', 'a key event carries another ObjectType');
  }
  const key = parseKeyId(id);
  if (key === undefined) {
    return malformed('EVENT_KEY', 'data.Id is not https://<vault>.<cloud suffix>/keys/<name>/…');
  }
  // The real vault never contradicts itself: whoever does is guessing at what is checked.
  if (isPresent(vaultname) && !isSame(vaultname, key.vault)) {
    return malformed('EVENT_KEY', 'data.VaultName is not the vault of data.Id');
  }
  if (isPresent(objectname) && !isSame(objectname, key.name)) {
    return malformed('EVENT_KEY', 'data.ObjectName is not the key of data.Id');
  }
  return { ok: true, vaultUri: key.vaultUri, name: key.name };
}

function parseKeyId(id: string): { vault: string; vaultUri: string; name: string } | undefined {
  if (!URL.canParse(id)) return undefined;
  const url = new URL(id);
  const hasExtras = `${url.username}${url.password}${url.port}${url.search}${url.hash}` !== '';
  if (url.protocol !== 'https:' || hasExtras) return undefined;
  const vault = VAULT_HOST.exec(url.hostname)?.groups?.['vault'];
  const name = KEY_PATH.exec(url.pathname)?.groups?.['name'];
  if (vault === undefined || name === undefined) return undefined;
  return { vault, vaultUri: `https://${url.hostname}`, name: name.toLowerCase() };
}

const isPresent = (value: string | null | undefined): value is string =>
  value !== undefined && value !== null;
const isSame = (left: string, right: string) => left.trim().toLowerCase() === right.toLowerCase();
