import { verify } from 'node:crypto';
import {
  prepareTrial,
  type SignatureCheck,
  type SignatureTrial,
} from '../../core/cosign/verify-signature.ts';
import type { TrustedKey } from '../../core/keys/trust-view.ts';
import type { SoundCandidate } from '../../core/verdict/evidence.ts';

export interface VerificationMemo {
  /** Whether this key made this candidate's signature; undefined: it was not tried yet. */
  recall(candidate: SoundCandidate, key: TrustedKey): boolean | undefined;
  /** Tries it beside the event loop, once however many ask. Never rejects. */
  attempt(candidate: SoundCandidate, key: TrustedKey): Promise<boolean>;
}

/**
 * Remembers by candidate object and key fingerprint: which keys are trusted may change with every event, whether a key
 * verifies some bytes cannot. An entry lives as long as its candidate does in the cache.
 */
export function createVerificationMemo(
  onVerify?: (result: SignatureCheck) => void,
): VerificationMemo {
  const known = new WeakMap<SoundCandidate, Trials>();
  const running = new WeakMap<SoundCandidate, Map<string, Promise<boolean>>>();

  const run = async (
    candidate: SoundCandidate,
    key: TrustedKey,
    name: string,
  ): Promise<boolean> => {
    const trial = prepareTrial(key, candidate.signature);
    const result =
      trial === undefined ? 'encoding' : await verifyAside(trial, candidate.signedBytes);
    onVerify?.(result);
    known.set(candidate, remember(known.get(candidate), name, result === 'valid'));
    return result === 'valid';
  };

  return {
    recall: (candidate, key) => recall(known.get(candidate), nameOf(key)),
    attempt: async (candidate, key) => {
      const name = nameOf(key);
      const trials = running.get(candidate) ?? new Map<string, Promise<boolean>>();
      running.set(candidate, trials);
      const trial = trials.get(name) ?? run(candidate, key, name);
      trials.set(name, trial);
      try {
        return await trial;
      } finally {
        trials.delete(name);
        if (trials.size === 0) running.delete(candidate);
      }
    },
  };
}

/** What was found out about one candidate: usually the name of the one key that was tried and made it, and then nothing but that. */
type Trials = string | Map<string, boolean>;

function recall(trials: Trials | undefined, name: string): boolean | undefined {
  if (typeof trials === 'string') return trials === name ? true : undefined;
  return trials?.get(name);
}

function remember(trials: Trials | undefined, name: string, isMade: boolean): Trials {
  if (trials === undefined) return isMade ? name : new Map([[name, false]]);
  const all = typeof trials === 'string' ? new Map([[trials, true]]) : trials;
  return all.set(name, isMade);
}

/** The same key under another hash is another question. */
function nameOf({ fingerprint, hash = 'auto' }: TrustedKey): string {
  return hash === 'auto' ? fingerprint : `${fingerprint} ${hash}`;
}

/** On libuv's threads: two hundred trials of a legacy signature would hold up every other review. */
function verifyAside(
  { hash, publicKey, signature }: SignatureTrial,
  signedBytes: Uint8Array,
): Promise<SignatureCheck> {
  return new Promise((resolve) => {
    try {
      verify(hash, signedBytes, publicKey, signature, (error, isValid) => {
        resolve(error === null && isValid ? 'valid' : 'invalid');
      });
    } catch {
      // An odd key or signature that OpenSSL chokes on is not a proof.
      resolve('invalid');
    }
  });
}
