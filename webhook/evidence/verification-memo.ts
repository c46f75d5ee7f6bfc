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
  const known = new WeakMap<SoundCandidate, Map<string, boolean>>();
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
    ofCandidate(known, candidate).set(name, result === 'valid');
    running.get(candidate)?.delete(name);
    return result === 'valid';
  };

  return {
    recall: (candidate, key) => known.get(candidate)?.get(nameOf(key)),
    attempt: (candidate, key) => {
      const name = nameOf(key);
      const trials = ofCandidate(running, candidate);
      const trial = trials.get(name) ?? run(candidate, key, name);
      trials.set(name, trial);
      return trial;
    },
  };
}

function ofCandidate<T>(
  memory: WeakMap<SoundCandidate, Map<string, T>>,
  candidate: SoundCandidate,
): Map<string, T> {
  const found = memory.get(candidate) ?? new Map<string, T>();
  memory.set(candidate, found);
  return found;
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
