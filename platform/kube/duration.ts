const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Go's duration words (`5s`, `1h30m`, `500ms`) as seconds; undefined for anything else. */
export function parseDurationSeconds(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/u.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/gu))
    seconds += Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** Seconds in that syntax, to the millisecond: `5s`, `5.5s`. */
export function formatDurationSeconds(seconds: number): string {
  return `${Math.round(seconds * 1000) / 1000}s`;
}
