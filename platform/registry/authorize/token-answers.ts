import { z } from 'zod';
import { RegistryError } from '../registry-error.ts';
import { SecretText } from '../credentials/secret-text.ts';
import type { Expiring } from './token-cache.ts';

const tokenSchema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().nonnegative().optional(),
});
const refreshSchema = z.object({ refresh_token: z.string() });
const claimsSchema = z.object({ exp: z.number() });

/** The token specification: 60 s when nothing is said. */
const DEFAULT_SECONDS = 60;
const LONGEST_SECONDS = 24 * 3600;
/** Not used in its last seconds, so that it does not run out under way. */
const MARGIN_MS = 5000;
const REFRESH_MARGIN_MS = 5 * 60_000;
/** Azure's live about three hours. */
const REFRESH_SECONDS = 3 * 3600;
/** Anything but visible ASCII would be another header, or none (RFC 6750 section 2.1). */
const USABLE = /^[\u0021-\u007E]{1,16384}$/u;

/** Parses a token service's answer. Throws RegistryError: the body is never part of the message. */
export function parseToken(body: Buffer, now: number): Expiring<SecretText> {
  const parsed = tokenSchema.safeParse(parseJson(body.toString('utf8')));
  const value = parsed.success ? (parsed.data.token ?? parsed.data.access_token) : undefined;
  if (!parsed.success || value === undefined || !USABLE.test(value)) {
    throw new RegistryError('REGISTRY_AUTH', 'the token service gave no usable token');
  }
  const { expires_in: seconds } = parsed.data;
  // Azure says nothing beside the token, which says it itself.
  const said = seconds === undefined ? readExpiry(value) : now + seconds * 1000;
  const expiresAt = said ?? now + DEFAULT_SECONDS * 1000;
  const latest = now + LONGEST_SECONDS * 1000;
  return { value: new SecretText(value), expiresAt: Math.min(expiresAt, latest) - MARGIN_MS };
}

/** Parses the answer of Azure's token exchange. */
export function parseRefreshToken(body: Buffer, now: number): Expiring<SecretText> {
  const parsed = refreshSchema.safeParse(parseJson(body.toString('utf8')));
  if (!parsed.success || !USABLE.test(parsed.data.refresh_token)) {
    throw new RegistryError('REGISTRY_AUTH', 'the token exchange gave no usable token');
  }
  const token = parsed.data.refresh_token;
  const latest = now + REFRESH_SECONDS * 1000;
  const expiresAt = Math.min(readExpiry(token) ?? latest, latest);
  return { value: new SecretText(token), expiresAt: expiresAt - REFRESH_MARGIN_MS };
}

/** Unverified: it says how long to keep what the registry gave, and nothing else. */
function readExpiry(token: string): number | undefined {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const claims = claimsSchema.safeParse(parseJson(payload));
  return claims.success ? claims.data.exp * 1000 : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
