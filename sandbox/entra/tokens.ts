import { generateKeyPairSync, sign, verify, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';

const claimsSchema = z.looseObject({ exp: z.number() });
export type TokenClaims = z.infer<typeof claimsSchema>;

export interface TokenMint {
  issue(claims: Readonly<Record<string, unknown>> & { readonly exp: number }): string;
  /** The claims of a token that this mint issued, whatever its age; undefined for any other text. */
  read(token: string): TokenClaims | undefined;
  readonly publicJwk: JsonWebKey;
}

/** Signs and reads JSON Web Tokens (ES256). Its key lives in this process only. */
export function createTokenMint(): TokenMint {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = encode({ typ: 'JWT', alg: 'ES256', kid: 'sandbox' });
  return {
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid: 'sandbox', alg: 'ES256', use: 'sig' },
    issue: (claims) => {
      const input = `${header}.${encode(claims)}`;
      const signature = sign('sha256', Buffer.from(input), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      return `${input}.${signature.toString('base64url')}`;
    },
    read: (token) => {
      const [head, payload, signature] = token.split('.');
      if (head !== header || payload === undefined || signature === undefined) return undefined;
      const good = verify(
        'sha256',
        Buffer.from(`${head}.${payload}`),
        { key: publicKey, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      );
      return good ? readTokenClaims(token) : undefined;
    },
  };
}

/** The claims as they stand, unverified: a stand-in needs the audience and expiry, not proof. */
export function readTokenClaims(token: string): TokenClaims | undefined {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    return claimsSchema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
