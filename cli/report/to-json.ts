// DEL and C1 controls, the two Unicode line breaks, and the bidirectional overrides of "Trojan Source" (CVE-2021-42574).
const UNSAFE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** One line of JSON that no terminal takes for anything but text; parsed, it is what it was. */
export function toJson(value: unknown): string {
  const escape = (character: string): string =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value).replace(UNSAFE, escape)}\n`;
}
