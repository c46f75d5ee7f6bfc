import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { Cause } from '../cause.ts';
import type { CallBudget } from './call-budget.ts';
import type { KeySource } from './provider-source.ts';
import { readKey, type VaultReader } from './read-key.ts';
import { placeOf } from './read-log.ts';
import type { KeyReading } from './vault-reading.ts';

export interface ReadOptions {
  /** What each KeySet for which it is asked knows of the key. */
  readonly known: readonly (readonly KeyVersionStatus[])[];
  readonly cause: Cause;
  /** See `ReadRequest.confirm`; 0 when absent. */
  readonly confirm?: number;
  /** The caller has paid for the list already. Waiting for that in here would hold up whoever needs the same key at once. */
  readonly isPaid?: boolean;
  readonly signal: AbortSignal;
}

/** Reads of keys, shared by all who ask for the same one. */
export interface VaultReads {
  /** A reading that began after this call: an answer that was already on its way could be older than what the caller has seen. */
  read(source: KeySource, options: ReadOptions): Promise<KeyReading>;
}

export interface VaultReadsOptions extends VaultReader {
  readonly budgetOf: (vaultUri: string) => CallBudget;
  readonly onCall: (cause: Cause, outcome: 'ok' | 'failed') => void;
  /** Of every reading that was made, once. */
  readonly onReading: (reading: KeyReading) => void;
  /** Ends all reads. */
  readonly signal: AbortSignal;
}

interface Batch {
  readonly known: (readonly KeyVersionStatus[])[];
  readonly cause: Cause;
  readonly isPaid: boolean;
  confirm: number;
  readonly reading: Promise<KeyReading>;
}

/**
 * Of each key one read is under way at most, and one more waits behind it, joined by everybody who asks meanwhile: however many hints
 * come, a key is never read more than twice for them.
 */
export function createVaultReads(options: VaultReadsOptions): VaultReads {
  const running = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Batch>();

  const perform = async (source: KeySource, place: string): Promise<KeyReading> => {
    await running.get(place)?.catch(() => undefined);
    const batch = waiting.get(place);
    waiting.delete(place);
    if (batch === undefined) throw new TypeError('a read without anybody who wants it');
    let calls = 0;
    const reading = readKey(
      {
        vaultUri: source.vaultUri,
        name: source.name,
        known: batch.known,
        confirm: batch.confirm,
        onCall: (outcome) => {
          // A list is one call of a batch, its first.
          if (!batch.isPaid || calls > 0) options.budgetOf(source.vaultUri).spend();
          calls += 1;
          options.onCall(batch.cause, outcome);
        },
      },
      options,
      options.signal,
    );
    running.set(place, reading);
    try {
      const made = await reading;
      options.onReading(made);
      return made;
    } finally {
      if (running.get(place) === reading) running.delete(place);
    }
  };

  const join = (
    source: KeySource,
    { known, cause, confirm = 0, isPaid = false }: ReadOptions,
  ): Batch => {
    const place = placeOf(source);
    const current = waiting.get(place);
    if (current !== undefined) {
      current.known.push(...known);
      current.confirm = Math.max(current.confirm, confirm);
      return current;
    }
    // The read itself begins in a later turn, when the batch is in its place.
    const reading = Promise.resolve().then(() => perform(source, place));
    const batch = { known: [...known], cause, confirm, isPaid, reading };
    waiting.set(place, batch);
    return batch;
  };

  return {
    read: async (source, readOptions) => {
      readOptions.signal.throwIfAborted();
      const { reading } = join(source, readOptions);
      return narrowReading(await raceSignal(reading, readOptions.signal), source);
    },
  };
}

/** To the one version, where the source names one. */
export function narrowReading(reading: KeyReading, source: KeySource): KeyReading {
  const { version } = source;
  if (version === undefined || reading.kind === 'failed') return { ...reading, source };
  return {
    ...reading,
    source,
    versions: reading.versions.filter((each) => each.version === version),
  };
}

/** One who gives up must not end a read that others wait for. */
async function raceSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    promise.catch(() => undefined);
  }
}
