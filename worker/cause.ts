/** Why a key set is looked at: an event, the timer, a change of an API object, a date that came, or that this process has begun to lead. */
export const CAUSES = ['hint', 'sweep', 'change', 'date', 'start'] as const;
export type Cause = (typeof CAUSES)[number];

/** What a queue gave back: anything that is not a cause of ours counts as a change. */
export function parseCause(text: string): Cause {
  return CAUSES.find((cause) => cause === text) ?? 'change';
}
