/**
 * Text from outside (a registry, a manifest, a vault) made safe for a one-line message: quoted, control characters escaped,
 * cut to `limit` characters. A registry must not be able to forge a second line of a denial or of a log.
 */
export function quote(text: string, limit = 80): string {
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    '?',
  );
}
