"""Points of the three curves, as FIPS 186-5 has them: slow, plain, and sharing nothing with what is tested."""
from cryptography.hazmat.primitives.asymmetric import ec

CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
ORDERS = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    "P-521": int("01ff" + "ff" * 31 + "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409", 16),
}
PRIMES = {
    "P-256": 2**256 - 2**224 + 2**192 + 2**96 - 1,
    "P-384": 2**384 - 2**128 - 2**96 + 2**32 - 1,
    "P-521": 2**521 - 1,
}


class Curve:
    def __init__(self, name):
        self.name, self.kind, self.n, self.p = name, CURVES[name](), ORDERS[name], PRIMES[name]
        self.generator = self.times(1)
        x, y = self.generator
        self.b = (y * y - x**3 + 3 * x) % self.p

    def private(self, number):
        return ec.derive_private_key(number % self.n, self.kind)

    def times(self, number):
        """That many times the generator, by cryptography."""
        numbers = self.private(number).public_key().public_numbers()
        return numbers.x, numbers.y

    def public(self, point):
        return ec.EllipticCurvePublicNumbers(*point, self.kind).public_key()

    def plus(self, left, right):
        """None is the point at infinity."""
        if left is None or right is None:
            return left or right
        (x1, y1), (x2, y2) = left, right
        if x1 == x2 and (y1 + y2) % self.p == 0:
            return None
        slope = (3 * (x1 * x1 - 1) * pow(2 * y1, -1, self.p) if left == right else (y2 - y1) * pow(x2 - x1, -1, self.p)) % self.p
        x3 = (slope * slope - x1 - x2) % self.p
        return x3, (slope * (x1 - x3) - y1) % self.p

    def scaled(self, number, point):
        total, number = None, number % self.n
        while number:
            if number & 1:
                total = self.plus(total, point)
            point, number = self.plus(point, point), number >> 1
        return total

    def minus(self, point):
        x, y = point
        return x, -y % self.p

    def lift(self, x):
        """A point with this x, or None: all three primes are 3 modulo 4."""
        square = (x**3 - 3 * x + self.b) % self.p
        y = pow(square, (self.p + 1) // 4, self.p)
        return (x, y) if y * y % self.p == square else None

    def first_from(self, x):
        while self.lift(x) is None:
            x += 1
        return self.lift(x)

    def key_for(self, point, r, s, digest):
        """The public key under which (r, s) is a signature of the digest with this point as k times the generator: r^-1 (s R - e G)."""
        inverse = pow(r, -1, self.n)
        return self.plus(self.scaled(inverse * s, point), self.scaled(-inverse * digest, self.generator))

    def integer_of(self, digest):
        """FIPS 186-5 section 6.4: the leftmost bits, as many as the order has."""
        return int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - self.n.bit_length())
