/**
 * CVE-2017-15361 ("ROCA"): a widely used smart card library made primes of the form k·M + (65537^a mod M), M being the product of the
 * first primes, and such keys can be factored. Their moduli are powers of 65537 modulo M as well, and a modulus of any other origin
 * is one about once in 2^154 (Nemec, Sys, Svenda, Klinec, Matyas: The Return of Coppersmith's Attack, ACM CCS 2017, section 2.3).
 * Primes up to 167 belong to M for every size of key.
 */
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/** The powers of 65537 modulo a prime, each with its exponent. */
interface Powers {
  readonly prime: number;
  readonly exponents: ReadonlyMap<number, number>;
}

interface Congruence {
  readonly exponent: number;
  readonly order: number;
}

const POWERS: readonly Powers[] = PRIMES.map((prime) => {
  const exponents = new Map<number, number>();
  for (let power = 1; !exponents.has(power); power = (power * 65_537) % prime)
    exponents.set(power, exponents.size);
  return { prime, exponents };
});

/** Whether an RSA modulus (big endian) carries the fingerprint of that library. */
export function isRocaModulus(modulus: Uint8Array): boolean {
  const known: Congruence[] = [];
  for (const { prime, exponents } of POWERS) {
    const exponent = exponents.get(residueOf(modulus, prime));
    if (exponent === undefined) return false;
    known.push({ exponent, order: exponents.size });
  }
  // One exponent must do for all primes at once: congruences have a common solution where each two of them agree.
  return known.every((one) => known.every((other) => agree(one, other)));
}

function residueOf(modulus: Uint8Array, prime: number): number {
  return modulus.reduce((residue, byte) => (residue * 256 + byte) % prime, 0);
}

function agree(one: Congruence, other: Congruence): boolean {
  return (one.exponent - other.exponent) % greatestCommonDivisor(one.order, other.order) === 0;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
