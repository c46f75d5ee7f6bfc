/** The event types that name a key. Anything else is counted and ignored. */
export const HINT_TYPES = ['KeyNewVersionCreated', 'KeyNearExpiry', 'KeyExpired'] as const;
export type HintType = (typeof HINT_TYPES)[number];

/** "Look at this key now": all that is believed of an event (DESIGN decision 1). Host and name are lower case. */
export interface Hint {
  /** `https://contoso.vault.azure.net` (no trailing slash). Whether it may be called is the vault adapter's allow-list. */
  readonly vaultUri: string;
  readonly name: string;
  readonly type: HintType;
}

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
