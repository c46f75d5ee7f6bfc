"""ECDSA: one key of each curve, and what is right and wrong with its signatures."""
import base64
import hashlib
import itertools

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature as numbers_of

from .curve import CURVES, Curve
from .der import content_of, element, integer, mutations, pair
from .table import HASH_OF, HASHES, MESSAGE, add, add_key, agree, messages

# Messages of Wycheproof's ecdsa_secp256r1_sha256_test ("special case hash"): 32 zero or one bits in their SHA-256, further right each time.
ZERO_RUNS = (
    "426479724 7138684891 10359331668 3949401215 1344293079 3706211712 343688712 1351530370 6553203126 1564346603 4429539117 10953261351 "
    "5987350041 3463006878 9817320287 3222041046 6666307104 1035951898 1846597195 3136046189 2663784254 1652100524 5748081696 6343913468 "
    "1541103598 10478580128 10536285568 953904105 978848039"
).split()
ONE_RUNS = (
    "3610672442 1054240705 5174448197 1967561251 3447253343 368264318 3261198608 9678781094 4958823823 824637837 11020833776 133871648 "
    "322144162 10686655546 62155246 7030818774 5924523744 1495586621 4005314406 3096457512 2784025620 2618787418 1642625262 6824189436 "
    "484245425"
).split()


def ecdsa_cases(algorithm, seeded):
    curve = Curve(algorithm)
    private, other = (curve.private(seeded.below(curve.n)) for _ in range(2))
    public, scheme, n = private.public_key(), HASH_OF[algorithm], curve.n
    size = (n.bit_length() + 7) // 8
    top = 1 << (8 * size)
    add_key(algorithm, algorithm, public)

    def sign(message=MESSAGE, by=private, with_hash=scheme):
        return by.sign(message, ec.ECDSA(HASHES[with_hash](), deterministic_signing=True))

    # In full length, so that a byte more is too long.
    full = top >> 8
    message = next(each for each in messages() if min(numbers_of(sign(each))) >= full)

    def note(what, signature, expected, of=message):
        agree(public, signature, expected, scheme, of)
        add(algorithm, what, signature, expected, of)

    good = sign(message)
    r, s = numbers_of(good)
    note("valid", good, "valid")
    note("valid, n - s in place of s", pair(r, n - s), "valid")
    for which, name in ((0, "r"), (1, "s")):
        short = next(each for each in messages() if numbers_of(sign(each))[which] < full)
        note(f"valid, {name} a byte short", sign(short), "valid", short)
    for other_hash in sorted(set(HASHES) - {scheme}):
        note(f"signed with {other_hash}", sign(message, with_hash=other_hash), "invalid")
    if scheme != "sha256":
        add(algorithm, "signed with sha256, as the setting says", sign(message, with_hash="sha256"), "valid", message, setting="sha256")
        add(algorithm, f"signed with {scheme}, where the setting says sha256", good, "invalid", message, setting="sha256")
    note("by another key of the curve", sign(message, by=other), "invalid")
    note("of another message", sign(b"keyward: other bytes"), "invalid")
    note("r and s swapped", pair(s, r), "invalid")
    hash_edges(curve, private, note, message, scheme, seeded)
    number_edges(curve, note, r, s)
    encodings(note, good, r, s, size)
    tree = (0x30, [(0x02, content_of(r)), (0x02, content_of(s))])
    for what, signature in mutations(tree, {"SEQUENCE": (), "r": (0,), "s": (1,)}):
        note(what, signature, "encoding")


def hash_edges(curve, private, note, message, scheme, seeded):
    """What is hashed, and how much of the hash is used."""
    n, d = curve.n, private.private_numbers().private_value

    def sign_number(number):
        k = seeded.below(n)
        r = curve.times(k)[0] % n
        return pair(r, pow(k, -1, n) * (number + r * d) % n)

    digest = hashlib.new(scheme, message).digest()
    e = curve.integer_of(digest)
    note("valid, by plain arithmetic", sign_number(e), "valid")
    wrong = {
        "the first half of the digest": int.from_bytes(digest[: len(digest) // 2], "big"),
        "the digest without its last byte": int.from_bytes(digest[:-1], "big"),
        "the digest without its first byte": int.from_bytes(digest[1:], "big"),
        "the digest backwards": int.from_bytes(digest[::-1], "big"),
        "the digest shifted by a bit": e >> 1,
        "the digest plus one": e + 1,
        "zero": 0,
        "the digest's digest": curve.integer_of(hashlib.new(scheme, digest).digest()),
        "the message as a number": int.from_bytes(message, "big"),
    }
    for what, number in wrong.items():
        note(f"of {what}", sign_number(number), "invalid")
    if scheme == "sha256":
        for name, run, decimals in (("zero", bytes(4), ZERO_RUNS), ("one", b"\xff" * 4, ONE_RUNS)):
            for special in map(str.encode, decimals):
                hashed = hashlib.sha256(special).digest()
                at = hashed.index(run)
                note(f"valid, 32 {name} bits in the hash after {8 * at}", sign_number(curve.integer_of(hashed)), "valid", special)
        # The first of those with one bits.
        assert curve.integer_of(hashlib.sha256(ONE_RUNS[0].encode()).digest()) > n
    for name, wanted in (("zero bits", b"\x00\x00"), ("one bits", b"\xff\xff")):
        special = next(each for each in messages() if hashlib.new(scheme, each).digest().startswith(wanted))
        note(f"valid, the hash begins with 16 {name}", sign_number(curve.integer_of(hashlib.new(scheme, special).digest())), "valid", special)


def number_edges(curve, note, r, s):
    """r and s at the ends of their range, and beyond."""
    n, p = curve.n, curve.p
    size = (n.bit_length() + 7) // 8
    top = 1 << (8 * size)

    def by_size(*numbers):
        return "invalid" if all(0 < number < top for number in numbers) else "encoding"

    special = {"0": 0, "1": 1, "-1": -1, "n": n, "n - 1": n - 1, "n + 1": n + 1, "p": p, "p + 1": p + 1}
    for (first, one), (second, two) in itertools.product(special.items(), repeat=2):
        note(f"r = {first} and s = {second}", pair(one, two), by_size(one, two))
    for name, value in {**special, "2^8k": top, "2^8k - 1": top - 1, "2^k": 1 << n.bit_length()}.items():
        note(f"r = {name}", pair(value, s), by_size(value, s))
        note(f"s = {name}", pair(r, value), by_size(r, value))
    for letter, number, build in (("r", r, lambda x: pair(x, s)), ("s", s, lambda x: pair(r, x))):
        changed = {
            f"{letter} + n": number + n,
            f"{letter} - n": number - n,
            f"{letter} + 256 n": number + 256 * n,
            f"-{letter}": -number,
            f"-n - {letter}": -n - number,
            f"{letter} + 2^8k": number + top,
            f"{letter} - 2^8k": number - top,
            f"{letter} + 2^(8k + 64)": number + (top << 64),
            f"{letter} + 1": number + 1,
            f"{letter} with another last bit": number ^ 1,
            f"{letter} with another first bit": number ^ (1 << (n.bit_length() - 1)),
        }
        for name, value in changed.items():
            note(f"{name} in place of {letter}", build(value), by_size(value))
    note("n - r in place of r", pair(n - r, s), "invalid")


def encodings(note, good, r, s, size):
    """Whole signatures in other forms; what can be wrong inside DER is made by der.mutations."""
    body, first, second = integer(r) + integer(s), integer(r), integer(s)
    shapes = {
        "an empty signature": b"",
        "one zero byte": b"\x00",
        "a SEQUENCE of three INTEGERs": element(0x30, body, integer(1)),
        "a byte after the SEQUENCE": good + b"\x00",
        "the first byte missing": good[1:],
        "a tag in the long form": b"\x3f\x10" + good[1:],
        "OCTET STRINGs": element(0x30, element(0x04, content_of(r)), element(0x04, content_of(s))),
        "ENUMERATED in place of r": element(0x30, element(0x0A, content_of(r)), second),
        "a constructed INTEGER of an INTEGER": element(0x30, element(0x22, first), second),
        "r with a needless zero byte": element(0x30, element(0x02, b"\x00", content_of(r)), second),
        "s with a needless zero byte": element(0x30, first, element(0x02, b"\x00", content_of(s))),
        "r with needless zero bytes to 300 bytes": element(0x30, element(0x02, bytes(300), content_of(r)), second),
        "r with 0xff before it": element(0x30, element(0x02, b"\xff", content_of(r)), second),
        "r without the byte that makes it positive": element(0x30, element(0x02, ((r | 1 << (8 * size - 1)) & ((1 << (8 * size)) - 1)).to_bytes(size, "big")), second),
        "r and s side by side (IEEE P1363)": r.to_bytes(size, "big") + s.to_bytes(size, "big"),
        "r and s side by side, each a byte longer": r.to_bytes(size + 1, "big") + s.to_bytes(size + 1, "big"),
        "the signature in hex": good.hex().encode(),
        "the signature in base64": base64.b64encode(good),
        "the signature as PEM": b"-----BEGIN SIGNATURE-----\n" + base64.b64encode(good) + b"\n-----END SIGNATURE-----\n",
        "random bytes": hashlib.shake_128(good).digest(len(good)),
    }
    for what, signature in shapes.items():
        note(what, signature, "encoding")


def wrong_curves(seeded):
    """Each curve's signature under the keys of the others: in a form of theirs where it fits."""
    curves = {name: Curve(name) for name in CURVES}
    for made, offered in itertools.permutations(CURVES, 2):
        private = curves[made].private(seeded.below(curves[made].n))
        full = 1 << (8 * ((curves[made].n.bit_length() + 7) // 8) - 8)
        sign = lambda message: private.sign(message, ec.ECDSA(HASHES[HASH_OF[made]](), deterministic_signing=True))
        message = next(each for each in messages() if min(numbers_of(sign(each))) >= full)
        fits = curves[made].n <= curves[offered].n
        add(offered, f"by a key of {made}", sign(message), "invalid" if fits else "encoding", message)
