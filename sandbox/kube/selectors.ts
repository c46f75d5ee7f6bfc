/** Label selectors (text and object form) and field selectors. */
import { readPath, type KubeObject } from './objects.ts';
import { badRequest } from './status-errors.ts';

export type Labels = Readonly<Record<string, string>>;
export type ObjectFilter = (object: KubeObject) => boolean;

export interface LabelSelector {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?:
    | readonly {
        readonly key: string;
        readonly operator: string;
        readonly values?: readonly string[] | undefined;
      }[]
    | undefined;
}

type Requirement = (labels: Labels) => boolean;

function requirement(key: string, operator: string, values: readonly string[]): Requirement {
  switch (operator) {
    case 'In':
      return (labels) => labels[key] !== undefined && values.includes(labels[key]);
    case 'NotIn':
      return (labels) => labels[key] === undefined || !values.includes(labels[key]);
    case 'Exists':
      return (labels) => labels[key] !== undefined;
    case 'DoesNotExist':
      return (labels) => labels[key] === undefined;
    default:
      throw badRequest(`"${operator}" is not a valid label selector operator`);
  }
}

/** The object form, as webhook configurations use it. An absent or empty selector matches everything. */
export function matchLabelSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  const exact = Object.entries(selector?.matchLabels ?? {});
  if (!exact.every(([key, value]) => labels[key] === value)) return false;
  return (selector?.matchExpressions ?? []).every(({ key, operator, values }) =>
    requirement(key, operator, values ?? [])(labels),
  );
}

const KEY = String.raw`([A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)`;
const SET_FORM = new RegExp(String.raw`^${KEY}\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUALITY = new RegExp(String.raw`^${KEY}\s*(==|=|!=)\s*([-A-Za-z0-9_.]*)$`);
const PRESENCE = new RegExp(String.raw`^(!?)\s*${KEY}$`);

function parsePresence(text: string): Requirement {
  const presence = PRESENCE.exec(text);
  if (presence === null) {
    throw badRequest(`unable to parse requirement: "${text}" is not a label selector`);
  }
  const [, absent, key = ''] = presence;
  return requirement(key, absent === '!' ? 'DoesNotExist' : 'Exists', []);
}

function parseRequirement(text: string): Requirement {
  const set = SET_FORM.exec(text);
  if (set !== null) {
    const [, key = '', word = '', values = ''] = set;
    const listed = values.split(',').map((value) => value.trim());
    return requirement(key, word === 'in' ? 'In' : 'NotIn', listed);
  }
  const equality = EQUALITY.exec(text);
  if (equality !== null) {
    const [, key = '', sign = '', value = ''] = equality;
    return requirement(key, sign === '!=' ? 'NotIn' : 'In', [value]);
  }
  return parsePresence(text);
}

/** The text form of `labelSelector=`. */
export function parseLabelSelector(text: string): ObjectFilter {
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  const requirements = parts.filter((part) => part !== '').map(parseRequirement);
  return (object) => requirements.every((matches) => matches(object.metadata.labels ?? {}));
}

const ALWAYS_SELECTABLE = ['metadata.name', 'metadata.namespace'];

/**
 * The text form of `fieldSelector=`.
 * @param selectable further paths this kind supports (a real server knows a closed list per kind)
 */
export function parseFieldSelector(text: string, selectable: readonly string[]): ObjectFilter {
  const terms = text
    .split(',')
    .filter((term) => term.trim() !== '')
    .map((term) => {
      const match = /^(?<path>[^!=]+)(?<sign>==|=|!=)(?<value>.*)$/.exec(term.trim())?.groups;
      if (match === undefined) throw badRequest(`invalid selector: '${term}'; can't understand it`);
      const path = match['path'] ?? '';
      if (!ALWAYS_SELECTABLE.includes(path) && !selectable.includes(path)) {
        throw badRequest(`field label not supported: ${path}`);
      }
      return { path: path.split('.'), negative: match['sign'] === '!=', value: match['value'] };
    });
  return (object) =>
    terms.every(({ path, negative, value }) => {
      const found = readPath(object, path);
      const held = typeof found === 'string' || typeof found === 'boolean' ? String(found) : '';
      return (held === value) !== negative;
    });
}
