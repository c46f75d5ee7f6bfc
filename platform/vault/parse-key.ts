import type { JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import type { VaultKey, VaultVersion } from './key-vault.ts';
import { VaultError } from './vault-error.ts';

/**
 * The SDK hands over what the vault said, unchecked: a time is a Date, or (for 0, the year 1970) a number, or an invalid Date.
 * A time that cannot be read must not become "never expires", so it makes the whole answer unreadable.
 */
const time = z
  .union([z.date(), z.literal(0).transform(() => new Date(0))])
  .nullish()
  .transform((date) => date?.getTime());

const propertiesSchema = z.object({
  version: z.string().regex(/^[0-9A-Za-z]{1,64}$/u),
  id: z.string(),
  enabled: z.unknown().optional(),
  createdOn: time,
  notBefore: time,
  expiresOn: time,
});

const bytes = z.instanceof(Uint8Array).optional();
const keySchema = z.object({
  key: z.object({
    kty: z.string(),
    crv: z.string().optional(),
    n: bytes,
    e: bytes,
    x: bytes,
    y: bytes,
  }),
  properties: z.unknown().optional(),
});

export interface ExpectedKey {
  readonly host: string;
  readonly name: string;
  /** Undefined in a list: any version. */
  readonly version?: string;
}

/** One entry of a list, or the properties of a key. Throws VAULT_BAD_RESPONSE. */
export function parseVersion(properties: unknown, expected: ExpectedKey): VaultVersion {
  const parsed = propertiesSchema.safeParse(properties);
  if (!parsed.success) throw badResponse('the vault described a version unreadably');
  const { version, id, enabled, createdOn, notBefore, expiresOn } = parsed.data;
  if (!isIdOf(id, version, expected)) {
    throw badResponse('the vault answered with a key that was not asked for');
  }
  return {
    version: version.toLowerCase(),
    enabled: enabled === true,
    ...(createdOn === undefined ? {} : { createdOn }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(expiresOn === undefined ? {} : { expiresOn }),
  };
}

export function parseKey(key: unknown, expected: ExpectedKey): VaultKey {
  const parsed = keySchema.safeParse(key);
  if (!parsed.success) throw badResponse('the vault described a key unreadably');
  const { kty, crv, n, e, x, y } = parsed.data.key;
  const jwk: JsonWebKey = {
    // Keys in a hardware module have the same public keys.
    kty: kty.replace(/-HSM$/u, ''),
    ...(crv === undefined ? {} : { crv }),
    ...encode({ n, e, x, y }),
  };
  return { ...parseVersion(parsed.data.properties, expected), jwk };
}

function encode(parts: Readonly<Record<string, Uint8Array | undefined>>): Record<string, string> {
  const encoded: Record<string, string> = {};
  for (const [name, part] of Object.entries(parts)) {
    if (part !== undefined) encoded[name] = Buffer.from(part).toString('base64url');
  }
  return encoded;
}

/** Identifiers compare case-insensitively in Key Vault. */
function isIdOf(id: string, version: string, { host, name, ...wanted }: ExpectedKey): boolean {
  if (!URL.canParse(id)) return false;
  const url = new URL(id.toLowerCase());
  const path = `/keys/${name}/${version}`.toLowerCase();
  const isWanted =
    wanted.version === undefined || wanted.version.toLowerCase() === version.toLowerCase();
  return url.protocol === 'https:' && url.hostname === host && url.pathname === path && isWanted;
}

function badResponse(message: string): VaultError {
  return new VaultError('VAULT_BAD_RESPONSE', message, { retryable: true });
}
