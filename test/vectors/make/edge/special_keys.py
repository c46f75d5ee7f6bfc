"""ECDSA where the arithmetic meets its edges. Most need a key of their own: the signature is chosen, and the key follows from it."""
import hashlib

from .curve import Curve
from .der import pair
from .table import HASH_OF, MESSAGE, add, add_key, agree


def special_cases(algorithm, seeded):
    curve = Curve(algorithm)
    n, p, scheme = curve.n, curve.p, HASH_OF[algorithm]
    e = curve.integer_of(hashlib.new(scheme, MESSAGE).digest())
    half = n.bit_length() // 2

    def note(what, point, r, s, expected="valid"):
        name = f"{algorithm}, {what}"
        public = curve.public(point)
        add_key(algorithm, name, public)
        signature = pair(r, s)
        agree(public, signature, expected, scheme)
        add(name, what, signature, expected)
        return name, public

    def chosen(what, point, s):
        """A signature with this point and this s, under the key that makes it one."""
        r = point[0] % n
        return note(what, curve.key_for(point, r, s, e), r, s)

    smallest, anywhere = curve.first_from(1), curve.times(seeded.below(n))
    inverse = lambda number: pow(number, -1, n)
    for name, s in {
        "1": 1,
        "2": 2,
        "n - 1": n - 1,
        "(n - 1) / 2": (n - 1) // 2,
        "(n + 1) / 2": (n + 1) // 2,
        "the inverse of 3": inverse(3),
        "the inverse of n - 3": inverse(n - 3),
        "2^(k/2)": 1 << half,
        "2^(k/2) - 1": (1 << half) - 1,
        "2^(k - 1) - 1": (1 << (n.bit_length() - 1)) - 1,
        "0x5555…": int("5" * (n.bit_length() // 4 - 1), 16),
        "a number without its lower half": n >> half << half,
    }.items():
        chosen(f"s = {name}", anywhere, s)
    chosen("r and s small", smallest, 1)
    chosen("r small, s large", smallest, n - 1)
    chosen("r and s large", curve.first_from(n - 1000), n - 1)
    chosen("r and the inverse of s with many one bits", curve.first_from((1 << (n.bit_length() - 1)) - 1000), inverse((1 << (n.bit_length() - 1)) - 1))

    beyond = curve.first_from(n + seeded.below(p - n) // 2)
    name, public = chosen("x of the point at least n, r reduced", beyond, 3)
    agree(public, pair(beyond[0], 3), "invalid", scheme)
    add(name, "x of the point at least n, r not reduced", pair(beyond[0], 3), "invalid")
    name, public = chosen("r as small as it gets, x of the point at least n", curve.first_from(n + 1), 3)

    for name, k in {"1": 1, "2": 2, "n - 1": n - 1, "(n - 1) / 2": (n - 1) // 2, "2^(k/2)": 1 << half}.items():
        chosen(f"nonce {name}", curve.times(k), seeded.below(n))
    r = anywhere[0] % n
    for name, s in {"u1 = 1": e, "u1 = n - 1": n - e, "u2 = 1": r, "u2 = n - 1": n - r, "u2 = 2": r * inverse(2)}.items():
        chosen(name, anywhere, s % n)
    # u1 G and u2 Q the same point, so that adding them is doubling; and opposite ones, so that their sum is no point.
    s = seeded.below(n)
    u1 = e * inverse(s) % n
    r = curve.times(2 * u1)[0] % n
    private = u1 * inverse(r * inverse(s)) % n
    note("the two parts are the same point", curve.times(private), r, s)
    note("the two parts cancel out", curve.times(n - private), r, s, "invalid")

    for name, number in {"the generator": 1, "twice the generator": 2, "minus the generator": n - 1, "half the generator": (n + 1) // 2}.items():
        point, k = curve.times(number), seeded.below(n)
        r = curve.times(k)[0] % n
        s = inverse(k) * (e + r * number) % n
        key, public = note(f"the key is {name}", point, r, s)
        mirrored = curve.minus(point)
        note(f"the key is the mirror of {name}", mirrored, r, s, "invalid")
    short = 8 * ((p.bit_length() + 7) // 8) - 8
    for at, name in ((0, "x"), (1, "y")):
        number = seeded.below(n)
        while curve.times(number)[at] >> short:
            number += 1
        k = seeded.below(n)
        r = curve.times(k)[0] % n
        note(f"the key's {name} a byte short", curve.times(number), r, inverse(k) * (e + r * number) % n)
