import {
  generateKeyPairSync,
  randomUUID,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JsonWebKey;
}

export interface AppTokens {
  /** An access token of an application, signed by the newest key as Entra signs: RS256, the key named in `kid`. */
  issue(
    claims: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): string;
  /** A new key signs from now on; the old one stays published, as during a real rotation. */
  rotate(): void;
  publicJwks(): readonly JsonWebKey[];
}

/** What signs Entra's access tokens. Its keys live in this process only. */
export function createAppTokens(): AppTokens {
  let keys: readonly SigningKey[] = [createSigningKey()];
  return {
    issue: (claims, header = {}) => {
      const [newest] = keys;
      if (newest === undefined) throw new TypeError('no signing key');
      const head = encode({ typ: 'JWT', alg: 'RS256', kid: newest.kid, ...header });
      const input = `${head}.${encode(claims)}`;
      return `${input}.${sign('sha256', Buffer.from(input), newest.privateKey).toString('base64url')}`;
    },
    rotate: () => {
      keys = [createSigningKey(), ...keys];
    },
    publicJwks: () => keys.map(({ publicJwk }) => publicJwk),
  };
}

function createSigningKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  return {
    kid,
    privateKey,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' },
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export const EVENT_GRID_APP = '4962773b-9cdb-44cf-a8bf-237846a00ab7';

/** The claims of the token with which Event Grid delivers to a protected webhook, in the older of Entra's two forms. */
export function eventGridClaims(about: {
  readonly tenantId: string;
  readonly audience: string;
  readonly now: number;
}): Record<string, unknown> {
  const seconds = Math.floor(about.now / 1000);
  return {
    aud: about.audience,
    iss: `https://sts.windows.net/${about.tenantId}/`,
    tid: about.tenantId,
    appid: EVENT_GRID_APP,
    roles: ['AzureEventGridSecureWebhookSubscriber'],
    ver: '1.0',
    iat: seconds,
    nbf: seconds,
    exp: seconds + 3600,
  };
}
