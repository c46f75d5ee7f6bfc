const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch, or undefined when there is no text or it is not an RFC 3339 time. */
export function parseTime(text = ''): number | undefined {
  const day = RFC_3339.exec(text)?.[1];
  const time = Date.parse(text);
  if (day === undefined || Number.isNaN(time)) return undefined;
  // `Date.parse` reads 30 February as 2 March: an expiry that no calendar has must not move.
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? time : undefined;
}

/** RFC 3339 in UTC, whole seconds where they are whole: Key Vault counts seconds. */
export function formatTime(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}
