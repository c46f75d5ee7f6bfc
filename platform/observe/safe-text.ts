/**
 * What may be written to a log: no control character that could forge a line or drive a terminal, no secret that a
 * library put into its message, no unbounded text (anybody who can push an image or an event can choose long strings).
 */

// C0, DEL and C1 controls, the two Unicode line breaks, and the bidirectional overrides of "Trojan Source" (CVE-2021-42574).
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu; // oxlint-disable-line no-control-regex -- control characters are what is looked for

const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gu,
    '[redacted]',
  ],
  // As `name=value`, `name: value` and in JSON.
  [
    /\b(SharedAccessKey|SharedAccessSignature|AccountKey|client_assertion|client_secret|access_token|refresh_token|id_token|password|sig)(["']?\s*[:=]\s*["']?)[^;&\s"',}]+/giu,
    '$1$2[redacted]',
  ],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/giu, '$1 [redacted]'],
  [/\beyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*/gu, '[redacted]'],
  // Credentials in a URL's userinfo (`redis://:password@host`), which ends at the last @ before the path.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/giu, '$1[redacted]@'],
];

/** `text` without secrets and control characters, at most `limit` characters. */
export function makeSafeText(text: string, limit = 2048): string {
  // Cut before searching as well, so that a hostile megabyte costs no regular-expression time.
  let safe = text.slice(0, limit * 4);
  for (const [pattern, replacement] of SECRETS) safe = safe.replace(pattern, replacement);
  safe = safe.replace(UNSAFE, ' ');
  return safe.length > limit ? `${safe.slice(0, limit)}…` : safe;
}
