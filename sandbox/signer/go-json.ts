/**
 * `value` as Go's `json.Marshal` writes it: cosign's payloads are Go's, and a signature is over bytes. Go also escapes
 * `<`, `>`, `&` and the two Unicode line separators; map keys come sorted, struct fields in their order, so sorting is the caller's.
 */
export function marshalGoJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** A Go map: keys in byte order. */
export function sortAsGoMap(
  map: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(map).sort(([left], [right]) =>
      Buffer.compare(Buffer.from(left), Buffer.from(right)),
    ),
  );
}
