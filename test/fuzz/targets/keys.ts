/** Public keys and signatures. */
import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { verifySignature } from '../../../core/cosign/verify-signature.ts';
import { KEY_ALGORITHMS } from '../../../core/keys/key-version.ts';
import { loadPublicKey, type PublicKeyLoad } from '../../../core/keys/public-key.ts';
import { readEdgeSignatures } from '../../support/edge-signatures.ts';
import { promise, type Target } from '../target.ts';

const { keys, cases, message } = readEdgeSignatures();
/** One of each algorithm, weak ones apart. */
const firstKeys = [
  ...Map.groupBy(keys, ({ algorithm, loads }) => `${algorithm} ${loads}`).values(),
].flatMap(([first]) => first ?? []);

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
    ...firstKeys.map((key) => Buffer.from(key.pem)),
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
    firstKeys.map((key) =>
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

/** For each algorithm a key, a message, and all its signatures of this message that are right. */
const GENUINE = KEY_ALGORITHMS.map((algorithm) => {
  const names = keys.filter((each) => each.algorithm === algorithm && each.loads === 'ok');
  const first = cases.find(
    ({ key, expected, hash }) =>
      expected === 'valid' && hash === undefined && names.some(({ name }) => name === key),
  );
  const pem = names.find(({ name }) => name === first?.key)?.pem;
  if (first === undefined || pem === undefined) throw new Error(`nothing signed by ${algorithm}`);
  const signatures = cases
    .filter(({ key, expected }) => key === first.key && expected === 'valid')
    .filter((each) => each.message === first.message && each.hash === undefined)
    .map(({ signature }) => signature);
  const publicKey = createPublicKey(pem);
  const bytes = Buffer.from(first.message ?? message, 'base64');
  return { key: { algorithm, publicKey }, message: bytes, signatures };
});

/** The first byte picks an algorithm, the rest is offered as a signature by the key of that algorithm. */
const signature: Target = {
  name: 'signature',
  isPassing: (outcome) => outcome.endsWith('-valid'),
  seeds: () =>
    GENUINE.flatMap(({ signatures }, index) =>
      signatures.map((text) => Buffer.concat([Buffer.from([index]), Buffer.from(text, 'base64')])),
    ),
  run: (bytes) => {
    const genuine = GENUINE[(bytes[0] ?? 0) % GENUINE.length];
    if (genuine === undefined) throw new Error('no key');
    const given = bytes.subarray(1);
    const found = verifySignature(genuine.key, genuine.message, given);
    const isKnown = genuine.signatures.includes(Buffer.from(given).toString('base64'));
    promise(found !== 'valid' || isKnown, 'nothing verifies that its signer did not sign');
    return `${genuine.key.algorithm} ${found}`;
  },
};

export const KEYS: readonly Target[] = [pem, jwk, signature];
