import type { Condition } from '../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import { formatTime } from '../../core/keys/time.ts';
import { KEY_CHANGED } from '../../core/keys/version-states.ts';
import { awaitsRecreation, HOLD_ABOVE_PERCENT, TRUST_HELD, type HeldTrust } from './hold-trust.ts';
import type { Observation } from './observation.ts';

/** Versions that one message names. */
const LISTED = 10;

export type Finding = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

/** What a person reads who is paged for it: how much, why, and the line for either decision. */
export function trustHeld(observation: Observation, { held }: HeldTrust): Finding {
  const type = TRUST_HELD;
  const until = awaitsRecreation(observation);
  if (until !== undefined) {
    const message =
      'the provider does not exist; as a Helm upgrade makes it again at once, its versions stay trusted ' +
      `until ${formatTime(until)}. To take their trust away now: keyward revoke`;
    return { type, status: 'True', reason: 'ProviderMissing', message };
  }
  if (held.length === 0) return { type, status: 'False', reason: 'NothingHeld', message: '' };
  const { namespace, name } = observation.keySet;
  const percent = observation.holdAbovePercent ?? HOLD_ABOVE_PERCENT;
  const ids = held.map((item) => item.split('/')[1] ?? '');
  const operations = ids
    .slice(0, LISTED)
    .map((value) => ({ op: 'add', path: '/spec/versions/exclude/-', value }));
  const message =
    `${held.length} versions would lose their trust at once, more than may go without a person (${percent} %), and the vault says of ` +
    `none of them that it is disabled or deleted: ${listNames(held)}. They stay trusted until a person decides. To keep them, do what status.versions says ` +
    `of each; to let them go: kubectl patch keyset ${name} -n ${namespace} --type=json -p '${JSON.stringify(operations)}'`;
  return { type, status: 'True', reason: 'TooManyAtOnce', message };
}

/** That a version showed two public keys. */
export function tamperingSuspected(versions: readonly KeyVersionStatus[]): Finding {
  const type = 'TamperingSuspected';
  const changed = versions.filter(({ reason }) => reason === KEY_CHANGED);
  if (changed.length === 0) return { type, status: 'False', reason: 'KeysUnchanged', message: '' };
  const names = listNames(changed.map(({ name, version }) => `${name}/${version}`));
  return { type, status: 'True', reason: 'KeyChanged', message: `${names}: ${KEY_CHANGED}` };
}

function listNames(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return `${names.slice(0, LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
