import type { StandInResponse } from '../entra/serve-tls.ts';
import { answerError, answerForbidden } from './answers.ts';

export type VaultFault =
  | 'none'
  | '503'
  /** With `Retry-After: 1`. For one without, give the object form. */
  | '429'
  | '403-rbac'
  | '403-firewall'
  | 'hang'
  /** 200 with a page of HTML, as a captive proxy would. */
  | 'rubbish'
  | 'reset'
  | { readonly status: number; readonly retryAfter?: string; readonly body?: string };

/** The answer that a fault gives in place of the right one. */
export function answerFault(fault: Exclude<VaultFault, 'none'>): StandInResponse {
  switch (fault) {
    case '503':
      return answerError(503, { code: 'ServiceUnavailable', message: 'The service is busy.' });
    case '429':
      return answerThrottled({ 'retry-after': '1' });
    case '403-rbac':
      return answerForbidden('ForbiddenByRbac');
    case '403-firewall':
      return answerForbidden('ForbiddenByFirewall');
    case 'hang':
    case 'reset':
      return { kind: fault };
    case 'rubbish':
      return {
        kind: 'answer',
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html><body>Please log in to the network</body></html>',
      };
  }
  const headers: Record<string, string> =
    fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
  if (fault.body !== undefined) {
    return { kind: 'answer', status: fault.status, headers, body: fault.body };
  }
  if (fault.status === 429) return answerThrottled(headers);
  return answerError(fault.status, { code: 'SandboxFault', message: 'as told' }, headers);
}

function answerThrottled(headers: Readonly<Record<string, string>>): StandInResponse {
  const message =
    'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached.';
  return answerError(429, { code: 'Throttled', message }, headers);
}
