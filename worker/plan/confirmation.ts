import type { Kmp } from '../../platform/kube/schemas.ts';
import { FETCHED_BEFORE } from './kmp-annotations.ts';

/** The field manager of keyward's own status writer, which stands in Ratify's place and reads no provider's list. */
const OWN_STATUS_WRITER = 'keyward-ratify-status';

/**
 * Whether Ratify's status is of the list that is there now. A status has no generation: what tells is that the time of its last fetch is
 * another than the one that was there when keyward wrote. `silent`: no Ratify reports here.
 */
export function confirmationOf({ annotations, status }: Kmp): 'confirmed' | 'awaited' | 'silent' {
  const { lastFetchedTime, writer } = status;
  if (lastFetchedTime === undefined || writer === OWN_STATUS_WRITER) return 'silent';
  return annotations[FETCHED_BEFORE] === lastFetchedTime ? 'awaited' : 'confirmed';
}

/** What is noted at a write of the spec; null: nothing was fetched yet, or so lately that the next fetch may bear the same second. */
export function fetchedBefore({ status }: Kmp, now: number): string | null {
  const { lastFetchedTime } = status;
  const at = Date.parse(lastFetchedTime ?? '');
  if (lastFetchedTime === undefined || Number.isNaN(at)) return null;
  return Math.abs(now - at) < 2000 ? null : lastFetchedTime;
}
