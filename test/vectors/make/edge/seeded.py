"""Numbers, and keys made of them, that come back with the seed. Fit for tests and for nothing else."""
import hashlib
import itertools
import math

from cryptography.hazmat.primitives.asymmetric import rsa

SMALL_PRIMES = [number for number in range(3, 20000, 2) if all(number % other for other in range(3, math.isqrt(number) + 1, 2))]


class Seeded:
    def __init__(self, seed):
        self.seed, self.asked = seed, 0

    def bits(self, size):
        self.asked += 1
        drawn = hashlib.shake_256(f"keyward {self.seed} {self.asked}".encode()).digest((size + 7) // 8)
        return int.from_bytes(drawn, "big") >> (-size % 8)

    def below(self, limit):
        """From 1 to limit - 1."""
        return 1 + self.bits(limit.bit_length() + 64) % (limit - 1)

    def prime(self, size, fits=lambda _: True):
        """A probable prime of that many bits, the two highest set; `fits` may refuse some."""
        start = self.bits(size) | 1 | 3 << (size - 2)
        rests = [start % small for small in SMALL_PRIMES]
        for step in itertools.count(0, 2):
            number = start + step
            if all((rest + step) % small for rest, small in zip(rests, SMALL_PRIMES)) and fits(number) and pow(2, number - 1, number) == 1:
                return number

    def rsa_key(self, bits, exponents=(65537,)):
        """One private key for each of these public exponents, all of the same modulus."""
        fits = lambda prime: all(math.gcd(prime - 1, exponent) == 1 for exponent in exponents)
        p = self.prime(bits // 2, fits)
        q = self.prime(bits // 2, fits)
        keys = []
        for e in exponents:
            d = pow(e, -1, math.lcm(p - 1, q - 1))
            public = rsa.RSAPublicNumbers(e, p * q)
            private = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
            keys.append(private.private_key())
        return keys
