import type { Clock } from '../../lifecycle/clock.ts';

export interface RenewedOptions<T> {
  readonly clock: Clock;
  /** What is older is read again. */
  readonly longestAgeMs: number;
  /** Whatever it rejects with is what `get` rejects with. `earlier`: what was read before. */
  readonly read: (earlier: T | undefined) => Promise<T>;
}

export interface Renewed<T> {
  /** From memory while it is young. One read at a time, however many ask. */
  get(): Promise<T>;
  /** It was refused: read it again when next asked for. */
  forget(): void;
}

/** Younger than this it is not read again although it was refused: a registry that takes nothing must not become a load. */
const REFUSED_AGE_MS = 5000;
/** So long one failure answers all who ask. */
const FAILURE_AGE_MS = 1000;

/** A value that is read again when it has become old. A failure to read is never taken for an absence. */
export function createRenewed<T>({ clock, longestAgeMs, read }: RenewedOptions<T>): Renewed<T> {
  let held: { readonly value: T; readonly at: number } | undefined;
  let failed: { readonly error: unknown; readonly at: number } | undefined;
  let isRefused = false;
  let reading: Promise<T> | undefined;

  // A clock that was set back makes things old, not new.
  const isWithin = (at: number, longest: number): boolean => {
    const age = clock.now() - at;
    return age >= 0 && age <= longest;
  };
  const readAgain = async (): Promise<T> => {
    const at = clock.now();
    try {
      const value = await read(held?.value);
      [held, failed, isRefused] = [{ value, at }, undefined, false];
      return value;
    } catch (error) {
      failed = { error, at };
      throw error;
    } finally {
      reading = undefined;
    }
  };

  return {
    get: async () => {
      const longest = isRefused ? REFUSED_AGE_MS : longestAgeMs;
      if (held !== undefined && isWithin(held.at, longest)) return held.value;
      if (failed !== undefined && isWithin(failed.at, FAILURE_AGE_MS)) throw failed.error;
      reading ??= readAgain();
      return reading;
    },
    forget: () => {
      isRefused = true;
    },
  };
}
