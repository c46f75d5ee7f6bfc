/**
 * The JSONPath subset of printer columns: `.a.b`, `['a']`, `[0]`, `[*]` and `[?(@.type=="Ready")]`.
 * An expression outside it is refused when the CRD is written, not silently printed as empty.
 */
import { isRecord, readPath } from './objects.ts';

type Step = (value: unknown) => unknown[];

const TOKEN =
  /^(?:\.(?<field>(?:\\.|[^.[\]\\])+)|\['(?<quoted>[^']+)'\]|\[(?<index>\d+)\]|(?<all>\[\*\])|\[\?\(@\.(?<where>[\w.-]+)\s*==\s*["'](?<equals>[^"']*)["']\)\])/;

function stepOf(groups: Record<string, string | undefined>): Step {
  const { field, quoted, index, all, where, equals } = groups;
  const key = quoted ?? field?.replaceAll(/\\(.)/g, '$1');
  if (key !== undefined) {
    return (value) => (isRecord(value) && value[key] !== undefined ? [value[key]] : []);
  }
  return (value) => {
    if (!Array.isArray(value)) return [];
    if (all !== undefined) return value;
    if (index !== undefined) return value.slice(Number(index), Number(index) + 1);
    const path = (where ?? '').split('.');
    return value.filter((item) => readPath(item, path) === equals);
  };
}

/** @returns a reader of all matches, or undefined when the expression is not understood */
export function compileJsonPath(text: string): ((value: unknown) => unknown[]) | undefined {
  const steps: Step[] = [];
  let rest = text.startsWith('.') || text.startsWith('[') ? text : `.${text}`;
  while (rest !== '') {
    const match = TOKEN.exec(rest);
    if (match?.groups === undefined) return undefined;
    steps.push(stepOf(match.groups));
    rest = rest.slice(match[0].length);
  }
  return (value) => steps.reduce<unknown[]>((found, step) => found.flatMap(step), [value]);
}
