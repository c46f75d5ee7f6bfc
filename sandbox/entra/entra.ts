import { z } from 'zod';
import { systemClock, type Clock } from '../../platform/lifecycle/clock.ts';
import type { CertificateAuthority } from '../certificates.ts';
import { createAppTokens, eventGridClaims } from './app-tokens.ts';
import { answerJson, serveTls, type StandInRequest, type StandInResponse } from './serve-tls.ts';
import { createTokenMint, type TokenMint } from './tokens.ts';

export const ENTRA_HOST = 'login.microsoftonline.com';
export const SANDBOX_TENANT = '11111111-2222-4333-8444-555555555555';

/** `refuse`: AADSTS700024, what a stale federated token gets. */
export type EntraFault = 'none' | '503' | 'hang' | 'reset' | 'refuse';

export interface EntraOptions {
  readonly certificates: CertificateAuthority;
  readonly tenantId?: string;
  readonly clock?: Clock;
}

export interface EntraStandIn {
  readonly host: typeof ENTRA_HOST;
  /** `https://login.microsoftonline.com/`: the value of AZURE_AUTHORITY_HOST. */
  readonly authorityHost: string;
  readonly tenantId: string;
  /** On 127.0.0.1; clients get there through the egress proxy. */
  readonly port: number;
  /** What Kubernetes would project into AZURE_FEDERATED_TOKEN_FILE for this service account. */
  createFederatedToken(subject: string): string;
  /** With the claims changed as given; the default is what Event Grid would send to an endpoint of that audience. */
  issueEventToken(audience: string, change?: Readonly<Record<string, unknown>>): string;
  /** A new key signs application tokens from now on; the old one stays in the key set. */
  rotateSigningKey(): void;
  readonly faults: { set(fault: EntraFault): void };
  /** Tokens issued to the worker, and how often the key set was read. */
  stats(): { readonly tokens: number; readonly keySetReads: number };
  close(): Promise<void>;
}

/** A stand-in for Microsoft Entra's token service: client credentials with a federated assertion, and nothing else. */
export async function startEntra({
  certificates,
  tenantId = SANDBOX_TENANT,
  clock = systemClock,
}: EntraOptions): Promise<EntraStandIn> {
  const mint = createTokenMint();
  let fault: EntraFault = 'none';
  let tokens = 0;
  let keySetReads = 0;
  const appTokens = createAppTokens();
  const certificate = await certificates.issue({ commonName: ENTRA_HOST, dnsNames: [ENTRA_HOST] });
  const server = await serveTls(certificate, (request) => {
    if (fault === 'hang' || fault === 'reset') return { kind: fault };
    if (fault === '503') return answerJson(503, { error: 'temporarily_unavailable' });
    const path = request.url.pathname.replaceAll(/\/{2,}/gu, '/');
    if (request.method === 'POST' && path === `/${tenantId}/oauth2/v2.0/token`) {
      if (fault === 'refuse')
        return refuse('AADSTS700024: Client assertion is not within its valid time range.');
      const response = issueToken({ request, mint, clock, tenantId });
      if (response.kind === 'answer' && response.status === 200) tokens += 1;
      return response;
    }
    if (request.method !== 'GET') return notFound();
    if (path === `/${tenantId}/discovery/v2.0/keys`) {
      keySetReads += 1;
      return answerJson(200, { keys: [mint.publicJwk, ...appTokens.publicJwks()] });
    }
    return describeService(path, tenantId);
  });
  return {
    host: ENTRA_HOST,
    authorityHost: `https://${ENTRA_HOST}/`,
    tenantId,
    port: server.port,
    createFederatedToken: (subject) => {
      const now = Math.floor(clock.now() / 1000);
      return mint.issue({
        iss: 'https://kubernetes.default.svc',
        sub: subject,
        aud: 'api://AzureADTokenExchange',
        iat: now,
        exp: now + 24 * 3600,
      });
    },
    issueEventToken: (audience, change = {}) =>
      appTokens.issue({ ...eventGridClaims({ tenantId, audience, now: clock.now() }), ...change }),
    rotateSigningKey: () => {
      appTokens.rotate();
    },
    faults: {
      set: (next) => {
        fault = next;
      },
    },
    stats: () => ({ tokens, keySetReads }),
    close: () => server.close(),
  };
}

const tokenRequestSchema = z.object({
  grant_type: z.literal('client_credentials'),
  client_id: z.string().min(1),
  scope: z.string().min(1),
  client_assertion_type: z.literal('urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
  client_assertion: z.string().min(1),
});

interface TokenContext {
  readonly request: StandInRequest;
  readonly mint: TokenMint;
  readonly clock: Clock;
  readonly tenantId: string;
}

function issueToken({ request, mint, clock, tenantId }: TokenContext): StandInResponse {
  const form = tokenRequestSchema.safeParse(Object.fromEntries(new URLSearchParams(request.body)));
  if (!form.success) return refuse('AADSTS900144: The request body is missing a parameter.');
  const assertion = mint.read(form.data.client_assertion);
  if (assertion === undefined) {
    return refuse('AADSTS700027: The client assertion failed signature validation.');
  }
  const now = Math.floor(clock.now() / 1000);
  if (assertion.exp <= now) {
    return refuse('AADSTS700024: Client assertion is not within its valid time range.');
  }
  // MSAL asks for OpenID scopes too; the resource is the one that ends in `.default`.
  const scope = form.data.scope.split(' ').find((part) => part.endsWith('/.default'));
  if (scope === undefined) return refuse('AADSTS70011: The provided scope is not valid.');
  const lifetime = 3600;
  const token = mint.issue({
    aud: scope.slice(0, -'/.default'.length),
    iss: `https://sts.windows.net/${tenantId}/`,
    tid: tenantId,
    appid: form.data.client_id,
    iat: now,
    nbf: now,
    exp: now + lifetime,
  });
  return answerJson(200, {
    token_type: 'Bearer',
    expires_in: lifetime,
    ext_expires_in: lifetime,
    access_token: token,
  });
}

function describeService(path: string, tenantId: string): StandInResponse {
  const authority = `https://${ENTRA_HOST}/${tenantId}`;
  if (path === `/${tenantId}/v2.0/.well-known/openid-configuration`) {
    return answerJson(200, {
      token_endpoint: `${authority}/oauth2/v2.0/token`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${authority}/oauth2/v2.0/devicecode`,
      jwks_uri: `${authority}/discovery/v2.0/keys`,
      issuer: `${authority}/v2.0`,
      tenant_region_scope: 'EU',
      response_types_supported: ['code', 'id_token'],
      id_token_signing_alg_values_supported: ['ES256'],
      subject_types_supported: ['pairwise'],
    });
  }
  if (path === '/common/discovery/instance') {
    return answerJson(200, {
      tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [
        { preferred_network: ENTRA_HOST, preferred_cache: ENTRA_HOST, aliases: [ENTRA_HOST] },
      ],
    });
  }
  return notFound();
}

function refuse(description: string): StandInResponse {
  const code = /^AADSTS(\d+)/u.exec(description)?.[1] ?? '0';
  return answerJson(400, {
    error: 'invalid_client',
    error_description: description,
    error_codes: [Number(code)],
  });
}

function notFound(): StandInResponse {
  return answerJson(404, { error: 'invalid_request', error_description: 'AADSTS90002: not found' });
}
