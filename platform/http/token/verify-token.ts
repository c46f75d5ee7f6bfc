import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../lifecycle/clock.ts';
import { KeysUnavailable } from './signing-keys.ts';

/** docs/errors.md says what to do about each. */
export const TOKEN_CODES = [
  'TOKEN_MISSING',
  'TOKEN_MALFORMED',
  'TOKEN_ALGORITHM',
  'TOKEN_KEY_UNKNOWN',
  'TOKEN_SIGNATURE',
  'TOKEN_TIME',
  'TOKEN_ISSUER',
  'TOKEN_AUDIENCE',
  'TOKEN_CALLER',
  'TOKEN_ROLE',
  /** Could not be found out; the others are known not to be good. */
  'TOKEN_KEYS_UNAVAILABLE',
] as const;
export type TokenCode = (typeof TOKEN_CODES)[number];

export type TokenResult = { readonly ok: true } | { readonly ok: false; readonly code: TokenCode };

export interface TokenRules {
  /** Microsoft Entra tenant, lower case. */
  readonly tenantId: string;
  /** The two forms of the tenant's issuer: v1.0 and v2.0 tokens. */
  readonly issuers: readonly string[];
  /** Application id and App ID URI of the registration that stands for this endpoint. */
  readonly audiences: readonly string[];
  /** Application ids that may call: Event Grid's own, or the managed identity that delivers. */
  readonly callers: readonly string[];
  readonly role: string;
}

export interface TokenVerifierOptions extends TokenRules {
  readonly keys: JWTVerifyGetKey;
  readonly clock: Clock;
}

/** Of an `Authorization` header. */
export type VerifyToken = (authorization: string | undefined) => Promise<TokenResult>;

const LONGEST_TOKEN = 8192;
const SKEW_SECONDS = 120;

const CLAIMS = z.object({
  tid: z.string(),
  appid: z.string().optional(),
  azp: z.string().optional(),
  roles: z.array(z.string()).max(100).optional(),
});

/** Checks Microsoft Entra's access tokens as azure.md 4.3 lists it. Nothing of a token says where its keys or its issuer are looked up. */
export function createTokenVerifier(options: TokenVerifierOptions): VerifyToken {
  const { keys, clock } = options;
  return async (authorization) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/iu.exec(authorization ?? '')?.[1];
    if (token === undefined)
      return refuse(authorization === undefined ? 'TOKEN_MISSING' : 'TOKEN_MALFORMED');
    if (token.length > LONGEST_TOKEN) return refuse('TOKEN_MALFORMED');
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        issuer: [...options.issuers],
        audience: [...options.audiences],
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(clock.now()),
        requiredClaims: ['exp', 'nbf'],
      });
      return judgeClaims(payload, options);
    } catch (error) {
      return refuse(codeOf(error));
    }
  };
}

function judgeClaims(payload: JWTPayload, rules: TokenRules): TokenResult {
  const parsed = CLAIMS.safeParse(payload);
  if (!parsed.success) return refuse('TOKEN_MALFORMED');
  const { tid, appid, azp, roles = [] } = parsed.data;
  if (tid.toLowerCase() !== rules.tenantId) return refuse('TOKEN_ISSUER');
  // v1.0 tokens say `appid`, v2.0 ones `azp`; one that says both differently was not made by Entra.
  const named = [appid, azp].filter((id) => id !== undefined).map((id) => id.toLowerCase());
  const isCaller = named.length > 0 && named.every((id) => rules.callers.includes(id));
  if (!isCaller) return refuse('TOKEN_CALLER');
  return roles.includes(rules.role) ? { ok: true } : refuse('TOKEN_ROLE');
}

function codeOf(error: unknown): TokenCode {
  if (error instanceof KeysUnavailable) return 'TOKEN_KEYS_UNAVAILABLE';
  if (error instanceof errors.JWTExpired) return 'TOKEN_TIME';
  if (error instanceof errors.JWTClaimValidationFailed) return codeOfClaim(error.claim);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'TOKEN_ALGORITHM';
  if (error instanceof errors.JOSENotSupported) return 'TOKEN_ALGORITHM';
  if (error instanceof errors.JWKSNoMatchingKey) return 'TOKEN_KEY_UNKNOWN';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'TOKEN_KEY_UNKNOWN';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'TOKEN_SIGNATURE';
  return 'TOKEN_MALFORMED';
}

function codeOfClaim(claim: string): TokenCode {
  switch (claim) {
    case 'iss':
      return 'TOKEN_ISSUER';
    case 'aud':
      return 'TOKEN_AUDIENCE';
    case 'exp':
    case 'nbf':
      return 'TOKEN_TIME';
    default:
      return 'TOKEN_MALFORMED';
  }
}

function refuse(code: TokenCode): TokenResult {
  return { ok: false, code };
}
