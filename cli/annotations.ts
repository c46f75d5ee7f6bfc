import { quote } from '../core/verdict/quote.ts';
import { UsageProblem } from './command-input.ts';

/** `--annotation name=value`, each once or with the same value again. @throws UsageProblem */
export function parseAnnotations(texts: readonly string[]): ReadonlyMap<string, string> {
  const annotations = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1)
      throw new UsageProblem(`--annotation ${quote(text)}: give a name, "=" and a value: build=7.`);
    const name = text.slice(0, equals);
    const value = text.slice(equals + 1);
    const before = annotations.get(name);
    if (before !== undefined && before !== value)
      throw new UsageProblem(
        `--annotation ${quote(name)} is asked for with two values: no signature has both.`,
      );
    annotations.set(name, value);
  }
  return annotations;
}
