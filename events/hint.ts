/** The event types that name a key. */
export const KEY_HINT_TYPES = ['KeyNewVersionCreated', 'KeyNearExpiry', 'KeyExpired'] as const;
export type KeyHintType = (typeof KEY_HINT_TYPES)[number];

/** "Look at this key now": all that is believed of an event (DESIGN decision 1). Host and name are lower case. */
export interface KeyHint {
  readonly type: KeyHintType;
  /** `https://contoso.vault.azure.net` (no trailing slash). Whether it may be called is the vault adapter's allow-list. */
  readonly vaultUri: string;
  readonly name: string;
}

/** "See whether this vault can still be read." */
export interface VaultHint {
  readonly type: 'VaultAccessPolicyChanged';
  /** `contoso`, lower case: such an event need not say of which cloud. */
  readonly vaultName: string;
}

/** Any other event is counted and ignored. */
export type Hint = KeyHint | VaultHint;

export const EVENT_CODES = [
  'EVENT_TOO_LARGE',
  'EVENT_NOT_JSON',
  'EVENT_BATCH_TOO_LARGE',
  'EVENT_ENVELOPE',
  'EVENT_DATA',
  'EVENT_KEY',
] as const;
export type EventCode = (typeof EVENT_CODES)[number];

export interface Malformed {
  readonly ok: false;
  readonly code: EventCode;
  /** One sentence for people. Never part of the body: an event may have been written by anybody. */
  readonly detail: string;
}

export function malformed(code: EventCode, detail: string): Malformed {
  return { ok: false, code, detail };
}
