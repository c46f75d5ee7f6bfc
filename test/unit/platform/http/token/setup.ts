import { createFakeClock } from '../../../../../platform/lifecycle/fake-clock.ts';
import { createSigningKeys } from '../../../../../platform/http/token/signing-keys.ts';
import {
  createTokenVerifier,
  type TokenRules,
} from '../../../../../platform/http/token/verify-token.ts';
import {
  createAppTokens,
  EVENT_GRID_APP,
  eventGridClaims,
} from '../../../../../sandbox/entra/app-tokens.ts';

export const TENANT = '11111111-2222-4333-8444-555555555555';
export const AUDIENCE = 'api://keyward-events';
export const OTHER_GUID = '99999999-2222-4333-8444-555555555555';

export const RULES: TokenRules = {
  tenantId: TENANT,
  issuers: [
    `https://sts.windows.net/${TENANT}/`,
    `https://login.microsoftonline.com/${TENANT}/v2.0`,
  ],
  audiences: ['33333333-2222-4333-8444-555555555555', AUDIENCE],
  callers: [EVENT_GRID_APP],
  role: 'AzureEventGridSecureWebhookSubscriber',
};

/** A verifier whose keys are those of a signer of the test's; `faults.next` is what the next fetches reject with. */
export function setUpVerifier(rules: TokenRules = RULES) {
  const clock = createFakeClock();
  const signer = createAppTokens();
  const fetches: ('ok' | 'failed')[] = [];
  const faults: { next?: Error } = {};
  const extraKeys: unknown[] = [];
  /** In place of the key set. */
  const answer: { next?: unknown } = {};
  const keys = createSigningKeys({
    clock,
    fetchKeySet: async () => {
      if (faults.next !== undefined) throw faults.next;
      return 'next' in answer ? answer.next : { keys: [...signer.publicJwks(), ...extraKeys] };
    },
    onFetch: (outcome) => fetches.push(outcome),
  });
  const verify = createTokenVerifier({ ...rules, keys, clock });
  const claims = (change: Readonly<Record<string, unknown>> = {}) => ({
    ...eventGridClaims({ tenantId: TENANT, audience: AUDIENCE, now: clock.now() }),
    ...change,
  });
  const seconds = () => Math.floor(clock.now() / 1000);
  const check = async (token: string) => {
    const result = await verify(`Bearer ${token}`);
    return result.ok ? 'ok' : result.code;
  };
  /** What becomes of Event Grid's own token with some claims (or parts of its header) changed. */
  const checkWith = (
    change: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
  ) => check(signer.issue(claims(change), header));
  return {
    clock,
    signer,
    fetches,
    faults,
    answer,
    extraKeys,
    verify,
    claims,
    seconds,
    check,
    checkWith,
  };
}

export const encode = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');
