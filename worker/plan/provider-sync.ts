import type { Kmp } from '../../platform/kube/schemas.ts';
import { confirmationOf } from './confirmation.ts';
import { REVERTS } from './kmp-annotations.ts';
import type { KmpWrite } from './plan-kmp.ts';

/** How often something may put the original list back before nothing is added any more. */
export const REVERT_LIMIT = 3;

/** The condition `ProviderInSync`. */
export interface ProviderSync {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** keyward reads the provider and does not write it. */
export function notManaged(message: string): ProviderSync {
  return { status: 'Unknown', reason: 'NotManaged', message };
}

export function outOfSync(reason: string, message: string): ProviderSync {
  return { status: 'False', reason, message };
}

/** Something else writes the same list, and who it is. */
export function fought(kmp: Kmp): ProviderSync {
  const who = kmp.lastForeignManager ?? 'another field manager';
  return outOfSync(
    'ForeignReverts',
    `${who} put the original list back ${REVERT_LIMIT} times; versions are only removed now. ` +
      `Let it ignore spec.parameters.keys, then remove the annotation ${REVERTS}`,
  );
}

/** Whether a provider stands for the plan, and what Ratify says of it. */
export function syncOf(
  kmp: Kmp,
  { kind, keys, added, removed }: Pick<KmpWrite, 'kind' | 'keys' | 'added' | 'removed'>,
): ProviderSync {
  // Said before it is written: whoever finds this standing knows that the write does not succeed.
  if (kind === 'list') {
    const what = [...added.map((name) => `+${name}`), ...removed.map((name) => `-${name}`)];
    return outOfSync('Writing', `to be written: ${what.slice(0, 20).join(' ') || 'a clean list'}`);
  }
  if (kind === 'tombstone')
    return outOfSync(
      'Writing',
      'to be written: no trusted version, a key that nobody can sign with',
    );
  const confirmation = confirmationOf(kmp);
  if (confirmation === 'awaited')
    return {
      status: 'Unknown',
      reason: 'NotConfirmed',
      message: `written; Ratify has fetched last at ${kmp.status.lastFetchedTime}, before that. If this stays, see Ratify's log`,
    };
  if (kmp.status.isSuccess === false)
    return outOfSync(
      'ProviderReportsError',
      `the provider says: ${(kmp.status.error ?? 'no reason given').slice(0, 500)}`,
    );
  const count = keys.length;
  const message =
    count === 0
      ? 'no trusted version: the provider holds a key that nobody can sign with'
      : `the provider lists ${count} trusted version${count === 1 ? '' : 's'}${confirmation === 'confirmed' ? ', and Ratify has read them' : ''}`;
  return { status: 'True', reason: count === 0 ? 'Tombstone' : 'InSync', message };
}
