/** Public keys and signatures. */
import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { verifySignature } from '../../../core/cosign/verify-signature.ts';
import { loadPublicKey, type PublicKeyLoad } from '../../../core/keys/public-key.ts';
import { readEdgeSignatures } from '../../support/edge-signatures.ts';
import { promise, type Target } from '../target.ts';

const { keys, cases, message } = readEdgeSignatures();

function check(load: PublicKeyLoad, input: string): string {
  if (load.ok) {
    const again = loadPublicKey({ pem: load.key.pem });
    const isSame = again.ok && again.key.fingerprint === load.key.fingerprint;
    promise(isSame && again.key.algorithm === load.key.algorithm, 'a key has one fingerprint');
    return load.key.algorithm;
  }
  promise(load.detail.length < 200, 'a refusal is one short line');
  const secret = input.slice(60, 92);
  promise(secret.length < 32 || !load.detail.includes(secret), 'a refusal repeats no key');
  return load.code;
}

const pem: Target = {
  name: 'public-key-pem',
  seeds: () => [
    ...keys.map((key) => Buffer.from(key.pem)),
    Buffer.from(
      generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    ),
  ],
  run: (bytes) => {
    const text = Buffer.from(bytes).toString('utf8');
    return check(loadPublicKey({ pem: text }), text);
  },
};

const jwk: Target = {
  name: 'public-key-jwk',
  seeds: () =>
    keys.map((key) =>
      Buffer.from(JSON.stringify(createPublicKey(key.pem).export({ format: 'jwk' }))),
    ),
  run: (bytes) => {
    const text = Buffer.from(bytes).toString('utf8');
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return 'no JSON';
    }
    return check(loadPublicKey({ jwk: value as JsonWebKey }), text);
  },
};

/** The first byte picks a key, the rest is a signature of the message by it. */
const known = new Set(cases.map(({ key, signature }) => `${key} ${signature}`));
const loaded = keys.map((key) => ({ ...key, publicKey: createPublicKey(key.pem) }));
const signature: Target = {
  name: 'signature',
  seeds: () =>
    cases
      .filter((each) => each.message === undefined && each.hash === undefined)
      .filter(({ what, expected }) => expected === 'valid' || what.includes('SEQUENCE'))
      .map((each) => {
        const index = keys.findIndex(({ name }) => name === each.key);
        return Buffer.concat([Buffer.from([index]), Buffer.from(each.signature, 'base64')]);
      }),
  run: (bytes) => {
    const key = loaded[(bytes[0] ?? 0) % loaded.length];
    if (key === undefined) throw new Error('no key');
    const { publicKey, algorithm, name } = key;
    const given = bytes.subarray(1);
    const found = verifySignature({ publicKey, algorithm }, Buffer.from(message, 'base64'), given);
    const isKnown = known.has(`${name} ${Buffer.from(given).toString('base64')}`);
    promise(found !== 'valid' || isKnown, 'nothing verifies that its signer did not sign');
    return `${name.replace(/, e = 3$/, ' weak')} ${found}`;
  },
};

export const KEYS: readonly Target[] = [pem, jwk, signature];
