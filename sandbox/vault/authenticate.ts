import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { StandInRequest, StandInResponse } from '../entra/serve-tls.ts';
import { readTokenClaims } from '../entra/tokens.ts';
import { answerError } from './answers.ts';

/** Key Vault as an audience: by name, and by the id of its own application, which some tokens carry. */
const AUDIENCES = new Set(['https://vault.azure.net', 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093']);

/**
 * Key Vault's challenge to whoever comes without a usable token; undefined lets the request pass. The token's signature is not
 * checked: it could only be the neighbouring stand-in's.
 */
export function challenge(
  request: StandInRequest,
  { tenantId, clock }: { readonly tenantId: string; readonly clock: Clock },
): StandInResponse | undefined {
  const refuse = (message: string, error = '') =>
    answerError(
      401,
      { code: 'Unauthorized', message },
      {
        'www-authenticate': `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="https://vault.azure.net"${error}`,
      },
    );
  const token = /^Bearer (.+)$/iu.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) return refuse('AKV10000: Request is missing a Bearer or PoP token.');
  const claims = readTokenClaims(token);
  const audience = claims?.['aud'];
  if (typeof audience !== 'string' || !AUDIENCES.has(audience.replace(/\/$/u, ''))) {
    return refuse('AKV10022: Invalid audience.', ', error="invalid_token"');
  }
  if ((claims?.exp ?? 0) * 1000 <= clock.now()) {
    return refuse('AKV10045: Expired token.', ', error="invalid_token"');
  }
  return undefined;
}
