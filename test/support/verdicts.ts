/** Verdicts with sane defaults. */
import type { Verdict, Voucher } from '../../core/verdict/verdict.ts';

type Allow = Extract<Verdict, { kind: 'allow' }>;
type Deny = Extract<Verdict, { kind: 'deny' }>;
type Unavailable = Extract<Verdict, { kind: 'unavailable' }>;

export const VOUCHER: Voucher = {
  fingerprint: `sha256:${'c3'.repeat(32)}`,
  keySet: 'keyward-system/prod',
  vaultUri: 'https://contoso.vault.azure.net',
  name: 'cosign-key',
  version: '3f9a0000000000000000000000000001',
};

export function allowed(overrides: Partial<Allow> = {}): Allow {
  return { kind: 'allow', vouchedBy: [VOUCHER], warnings: [], ...overrides };
}

export function denied(overrides: Partial<Deny> = {}): Deny {
  return {
    kind: 'deny',
    code: 'NO_SIGNATURE',
    message: 'it is not signed',
    remedy: 'sign it',
    restsOnKeyState: false,
    ...overrides,
  };
}

export function unavailable(overrides: Partial<Unavailable> = {}): Unavailable {
  return {
    kind: 'unavailable',
    code: 'REGISTRY_TIMEOUT',
    message: 'the registry did not answer',
    remedy: 'retry',
    ...overrides,
  };
}
