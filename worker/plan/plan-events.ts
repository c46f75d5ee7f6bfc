import type { Condition } from '../../core/keys/key-set.ts';
import type { KeyState } from '../../core/keys/key-version.ts';
import type { StateChange } from './plan-key-set.ts';
import { TRUST_HELD } from './hold-trust.ts';

/** What `kubectl describe keyset` is to show of one reconcile. */
export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** One line. */
  readonly message: string;
}

/** Versions that one line names. */
const NAMED = 5;
const LONGEST = 1000;

/** Of these conditions each turn is told, with what it says; of the others, a person reads them when they look. */
const TOLD: Readonly<Record<string, { readonly bad: Condition['status'] }>> = {
  VaultReachable: { bad: 'False' },
  ProviderInSync: { bad: 'False' },
  [TRUST_HELD]: { bad: 'True' },
  TamperingSuspected: { bad: 'True' },
  ExpiredKeysTrusted: { bad: 'True' },
  ExpiringSoon: { bad: 'True' },
};
/** A write that is under way is no news. */
const NO_NEWS = ['Writing', 'NotManaged', 'NotConfirmed'];

/**
 * One line per kind of change, however many versions it covers: trust gained, trust lost, everything else that is new, and each condition
 * that turned. A reconcile so makes nine events at most.
 */
export function planEvents(
  changes: readonly StateChange[],
  before: readonly Condition[],
  after: readonly Condition[],
  trusted: number,
): readonly PlannedEvent[] {
  const gained = changes.filter(({ to }) => to === 'trusted');
  const lost = changes.filter(({ from, to }) => from === 'trusted' && to !== 'trusted');
  const others = changes.filter(({ from, to }) => from !== 'trusted' && to !== 'trusted');
  const tell = (
    type: PlannedEvent['type'],
    reason: string,
    some: readonly StateChange[],
  ): readonly PlannedEvent[] =>
    some.length === 0
      ? []
      : [{ type, reason, message: cut(`${describe(some)}; ${trusted} trusted now`) }];
  return [
    ...tell('Normal', 'Trusted', gained),
    ...tell('Warning', 'TrustLost', lost),
    ...tell('Normal', 'NotTrusted', others),
    ...turns(before, after),
  ];
}

function describe(changes: readonly StateChange[]): string {
  const named = changes
    .slice(0, NAMED)
    .map(({ name, version, from, to }) => `${label(name, version)} ${arrow(from, to)}`);
  const rest = changes.length - named.length;
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function label(name: string, version: string): string {
  return name === '' ? 'inline key' : `${name}/${version}`;
}

function arrow(from: KeyState | 'new', to: KeyState | 'gone'): string {
  return from === 'new' ? `is ${to}` : `was ${from}, is ${to}`;
}

function turns(before: readonly Condition[], after: readonly Condition[]): readonly PlannedEvent[] {
  return after.flatMap((condition) => {
    const event = turnOf(
      before.find(({ type }) => type === condition.type),
      condition,
    );
    return event === undefined ? [] : [event];
  });
}

function turnOf(before: Condition | undefined, after: Condition): PlannedEvent | undefined {
  const { type, reason, message } = after;
  const isNews = isBad(after) && (!isBad(before) || before?.reason !== reason);
  if (isNews) return { type: 'Warning', reason: `${type}${reason}`, message: cut(message) };
  if (!isBad(before) || isBad(after) || NO_NEWS.includes(reason)) return undefined;
  const words = `${type} is ${after.status} again: ${message || reason}`;
  return { type: 'Normal', reason: `${type}${reason}`, message: cut(words) };
}

function isBad(condition: Condition | undefined): boolean {
  if (condition === undefined || NO_NEWS.includes(condition.reason)) return false;
  return TOLD[condition.type]?.bad === condition.status;
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
