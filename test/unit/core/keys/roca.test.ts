import { describe, expect, it } from '@jest/globals';
import { createPublicKey, generateKeyPairSync, generatePrimeSync } from 'node:crypto';
import { loadPublicKey } from '../../../../core/keys/public-key.ts';
import { isRocaModulus } from '../../../../core/keys/roca.ts';

/** `mod03.txt` of the authors' own test vectors (github.com/crocs-muni/roca, MIT): a real key of 2048 bits with the flaw. */
const PUBLISHED =
  '9dcd7420e420c270a68060eb8b5aa7457a9f6648f86fafed2775cc1f79ae962f1e63f1b9e51c55f9ea6fdc7332e9b005' +
  '8c9ff2eb1fc89855029cf6aafe21e689feb38ac9ffb12f1ce371bb5d0e9aae64161abce74b4244bf68f1edb4411f756a' +
  '097c8929c14740245ea355f8332d1aa36bb50c7dcb4505da8de02e4e53d38f8df06097da7524df0df93db48eac8cc4af' +
  '2d3a16257eb2b2adca6ba464e5974fa92550d31b1babf161e7692d00b86e3dd886ecab4abfbe1a8f8cc263ff4af55cdb' +
  '45f4249a5193925f5e983d762f0b6800943eb0267b08f42ed311ce1f5c86eacbc8ce4d3cb7a2fee1ef5641423a1cf411' +
  '4e5ecf50034a60a412523af9e6f4aa11';

const SMALL_PRIMES = Array.from({ length: 168 }, (_, number) => BigInt(number)).filter(
  (number) => number > 1n && !divisorsOf(number).some((divisor) => number % divisor === 0n),
);
const M = SMALL_PRIMES.reduce((product, prime) => product * prime, 1n);

function divisorsOf(number: bigint): readonly bigint[] {
  return Array.from({ length: 12 }, (_, index) => BigInt(index) + 2n).filter(
    (divisor) => divisor < number,
  );
}

const bytesOf = (number: bigint) => {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
};
const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let bits = exponent, square = base; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** A number as that library makes its primes, at the top of `bits` bits; its being prime plays no part in the fingerprint. */
function factorOf(bits: bigint, exponent: bigint): bigint {
  const top = (1n << bits) - (1n << (bits / 2n));
  return top - (top % M) + power(65_537n, exponent, M);
}

const modulusOf = (bits: number) =>
  bytesOf(factorOf(BigInt(bits / 2), 123_456_789n) * factorOf(BigInt(bits / 2), 987_654_321n));

const load = (modulus: Uint8Array) =>
  loadPublicKey({
    jwk: { kty: 'RSA', n: Buffer.from(modulus).toString('base64url'), e: 'AQAB' },
  });

describe('the fingerprint of CVE-2017-15361', () => {
  it('is found in the published modulus', () => {
    expect(isRocaModulus(Buffer.from(PUBLISHED, 'hex'))).toBe(true);
  });

  it('is not found where one bit of it is another', () => {
    for (let bit = 0; bit < 2048; bit += 7) {
      const changed = numberOf(Buffer.from(PUBLISHED, 'hex')) ^ (1n << BigInt(bit));
      expect(isRocaModulus(bytesOf(changed))).toBe(false);
    }
  });

  it.each([2048, 3072, 4096])('is found in a modulus of %i bits made in that way', (bits) => {
    const modulus = modulusOf(bits);
    expect(numberOf(modulus).toString(2)).toHaveLength(bits);
    expect(isRocaModulus(modulus)).toBe(true);
    expect(isRocaModulus(bytesOf(numberOf(modulus) + 2n))).toBe(false);
  });

  it('is not found where one of the two factors is sound', () => {
    const factor = factorOf(1024n, 5n);
    for (let count = 0; count < 20; count += 1) {
      const sound = generatePrimeSync(1024, { bigint: true });
      expect(isRocaModulus(bytesOf(factor * sound))).toBe(false);
    }
  });

  it('is one exponent for all primes: a power of 65537 modulo each of them alone is not enough', () => {
    // By the Chinese remainder theorem, with an exponent of its own for each prime.
    const residue = SMALL_PRIMES.reduce((sum, prime, index) => {
      const others = M / prime;
      const inverse = power(others % prime, prime - 2n, prime);
      const lift = prime === 2n ? 1n : inverse;
      return (sum + others * lift * power(65_537n, BigInt(index), prime)) % M;
    }, 0n);
    const modulus = factorOf(2048n, 0n) - 1n + residue;
    for (const [index, prime] of SMALL_PRIMES.entries()) {
      expect(modulus % prime).toBe(power(65_537n, BigInt(index), prime));
    }
    expect(isRocaModulus(bytesOf(modulus))).toBe(false);
  });

  it('is in none of 300 moduli of genuine primes, and in none of 20,000 random ones', () => {
    const primes = Array.from({ length: 25 }, () => generatePrimeSync(1024, { bigint: true }));
    const moduli = primes.flatMap((p, index) => primes.slice(index + 1).map((q) => p * q));
    expect(moduli).toHaveLength(300);
    expect(moduli.filter((modulus) => isRocaModulus(bytesOf(modulus)))).toEqual([]);
    const random = Array.from({ length: 20_000 }, () =>
      globalThis.crypto.getRandomValues(Buffer.alloc(256)),
    );
    expect(random.filter((modulus) => isRocaModulus(modulus))).toEqual([]);
  });

  it('is in no key that Node generates', () => {
    for (let count = 0; count < 40; count += 1) {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
      const { n = '' } = publicKey.export({ format: 'jwk' });
      expect(isRocaModulus(Buffer.from(n, 'base64url'))).toBe(false);
    }
  });
});

describe('a key with that fingerprint is refused as weak', () => {
  const weak = {
    ok: false,
    code: 'KEY_WEAK',
    detail:
      'the RSA key was made by the flawed library of CVE-2017-15361 (ROCA): it can be factored',
  };

  it.each([
    ['the published one', Buffer.from(PUBLISHED, 'hex')],
    ...[2048, 3072, 4096].map((bits) => [`one of ${bits} bits`, modulusOf(bits)] as const),
  ])('%s, as JWK and as PEM', (_, modulus) => {
    expect(load(modulus)).toEqual(weak);
    const jwk = { kty: 'RSA', n: Buffer.from(modulus).toString('base64url'), e: 'AQAB' };
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({
      format: 'pem',
      type: 'spki',
    });
    expect(loadPublicKey({ pem: pem.toString() })).toEqual(weak);
  });

  it('and one that only resembles it is not', () => {
    expect(load(bytesOf(numberOf(Buffer.from(PUBLISHED, 'hex')) + 2n))).toMatchObject({ ok: true });
  });
});
