"""RSASSA-PKCS1-v1_5: the value as it is, and in the two halves in which cosign stores what Key Vault signed."""
import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric import padding

from .der import content_of, element, encode, integer, mutations, pair
from .table import HASH_OF, HASHES, add, add_key, agree, messages

OIDS = {"sha1": "2b0e03021a", "sha256": "608648016503040201", "sha384": "608648016503040202", "sha512": "608648016503040203"}


def digest_info(name, digest, parameters=b"\x05\x00"):
    return element(0x30, element(0x30, element(0x06, bytes.fromhex(OIDS[name])), parameters), element(0x04, digest))


def wrap(raw):
    """The halves of the value as two INTEGERs: how cosign stores what Key Vault signed."""
    half = len(raw) // 2
    return pair(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def rsa_cases(algorithm, seeded):
    """Returns a private key of this size with the exponent 3, for what follows."""
    bits = int(algorithm.split("-")[1])
    (private,) = seeded.rsa_key(bits)
    other, weak = seeded.rsa_key(bits, exponents=(65537, 3))
    public, scheme, size = private.public_key(), HASH_OF[algorithm], bits // 8
    numbers = private.private_numbers()
    n, p, q = numbers.public_numbers.n, numbers.p, numbers.q
    add_key(algorithm, algorithm, public)

    half = size // 2
    plain = lambda message: private.sign(message, padding.PKCS1v15(), HASHES[scheme]())
    # Both halves in full length, so that a byte more is too long; the second one needs a byte to be positive.
    chosen = next(each for each in messages() if plain(each)[0] and plain(each)[half] >= 0x80)

    def put(what, signature, expected, message=chosen, setting="auto"):
        add(algorithm, what, signature, expected, message, setting)

    def sign(message=chosen, by=private, with_hash=scheme):
        return by.sign(message, padding.PKCS1v15(), HASHES[with_hash]())

    def note(what, signature, expected, message=chosen):
        agree(public, signature, expected, scheme, message)
        put(what, signature, expected, message)

    def note_wrapped(what, raw, expected, message=chosen):
        put(f"{what}, wrapped", wrap(raw), expected, message)

    def raw_of(encoded):
        number = int.from_bytes(encoded, "big")
        by_p, by_q = pow(number, numbers.dmp1, p), pow(number, numbers.dmq1, q)
        return (by_q + q * ((by_p - by_q) * numbers.iqmp % p)).to_bytes(size, "big")

    good = sign()
    left, right = int.from_bytes(good[:half], "big"), int.from_bytes(good[half:], "big")
    note("valid", good, "valid")
    note_wrapped("valid", good, "valid")
    # Signatures with leading zero bytes come once in 256 messages: numbers after the message find one.
    for name, at in (("value", 0), ("second half", half)):
        special, raw = next((each, made) for each, made in ((each, sign(each)) for each in messages()) if made[at] == 0)
        note(f"valid, a zero byte first in the {name}", raw, "valid", special)
        note_wrapped(f"valid, a zero byte first in the {name}", raw, "valid", special)
        if at == 0:
            note("a zero byte first, left out", raw[1:], "encoding", special)
            note("a zero byte first, moved to the end", raw[1:] + b"\x00", "invalid", special)
    for other_hash in sorted(set(HASHES) - {scheme}):
        note(f"signed with {other_hash}", sign(with_hash=other_hash), "invalid")
    if scheme != "sha256":
        put("signed with sha256, as the setting says", sign(with_hash="sha256"), "valid", setting="sha256")
        put(f"signed with {scheme}, where the setting says sha256", good, "invalid", setting="sha256")
    note("by another key of the size", sign(by=other), "invalid")
    note_wrapped("by another key of the size", sign(by=other), "invalid")
    note("of another message", sign(b"keyward: other bytes"), "invalid")
    for salt, name in ((padding.PSS.DIGEST_LENGTH, "as long as the hash"), (0, "of no length")):
        pss = private.sign(chosen, padding.PSS(padding.MGF1(HASHES[scheme]()), salt), HASHES[scheme]())
        note(f"PSS with a salt {name}", pss, "invalid")

    for name, value in (("0", 0), ("1", 1), ("n - 1", n - 1), ("n", n), ("n + 1", n + 1), ("the largest", (1 << bits) - 1)):
        note(f"the value {name}", value.to_bytes(size, "big"), "invalid")
    value = int.from_bytes(good, "big")
    if value + n < 1 << bits:
        note("the value plus n", (value + n).to_bytes(size, "big"), "invalid")
    else:
        # The same class for every key: another message whose value is small enough.
        special, raw = next((each, made) for each, made in ((each, sign(each)) for each in messages()) if int.from_bytes(made, "big") + n < 1 << bits)
        note("the value plus n", (int.from_bytes(raw, "big") + n).to_bytes(size, "big"), "invalid", special)
    note("n minus the value", (n - value).to_bytes(size, "big"), "invalid")

    digest = hashlib.new(scheme, chosen).digest()
    info = digest_info(scheme, digest)
    fill = size - 3 - len(info)
    wrong = next(name for name in ("sha512", "sha256") if name != scheme)

    def padded(block, head=b"\x00\x01", filler=b"\xff", separator=b"\x00"):
        return head + filler * (size - len(head) - len(separator) - len(block)) + separator + block

    assert raw_of(padded(info)) == good
    garbage = hashlib.shake_256(b"garbage").digest(size)
    encodings = {
        "padding of 8 bytes, garbage after": b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + garbage[: fill - 8],
        "padding of 7 bytes, garbage after": b"\x00\x01" + b"\xff" * 7 + b"\x00" + info + garbage[: fill - 7],
        "padding of 1 byte, garbage after": b"\x00\x01\xff\x00" + info + garbage[: fill - 1],
        "no padding, garbage after": b"\x00\x01\x00" + info + garbage[:fill],
        "no padding, zero bytes after": b"\x00\x01\x00" + info + bytes(fill),
        "garbage of one byte after": padded(info + b"\x00"),
        "garbage in the padding, first": b"\x00\x01\x00" + b"\xff" * (fill - 1) + b"\x00" + info,
        "garbage in the padding, in the middle": b"\x00\x01" + b"\xff" * 9 + b"\xfe" + b"\xff" * (fill - 10) + b"\x00" + info,
        "garbage in the padding, last": b"\x00\x01" + b"\xff" * (fill - 1) + b"\x7f\x00" + info,
        "padding of zero bytes": padded(info, filler=b"\x00"),
        "padding of 0xee": padded(info, filler=b"\xee"),
        "padding longer, in place of the separator": padded(info, separator=b""),
        "a separator of 0x01": padded(info, separator=b"\x01"),
        "a separator of two bytes": padded(info, separator=b"\x00\x00"),
        "block type 0": padded(info, head=b"\x00\x00", filler=b"\x00"),
        "block type 0 with padding of 0xff": padded(info, head=b"\x00\x00"),
        "block type 2": padded(info, head=b"\x00\x02", filler=b"\x55"),
        "block type 2 with padding of 0xff": padded(info, head=b"\x00\x02"),
        "no leading zero byte": padded(info, head=b"\x01"),
        "the DigestInfo alone": bytes(size - len(info)) + info,
        "the digest alone": padded(digest),
        "the digest alone, bare": bytes(size - len(digest)) + digest,
        "a missing NULL": padded(digest_info(scheme, digest, parameters=b"")),
        "an empty OCTET STRING in place of NULL": padded(digest_info(scheme, digest, parameters=b"\x04\x00")),
        "a NULL of one byte": padded(digest_info(scheme, digest, parameters=b"\x05\x01\x00")),
        "two NULLs": padded(digest_info(scheme, digest, parameters=b"\x05\x00\x05\x00")),
        "garbage in the parameters": padded(digest_info(scheme, digest, parameters=element(0x04, garbage[:32]))),
        "garbage in the parameters, after NULL": padded(digest_info(scheme, digest, parameters=b"\x05\x00" + element(0x04, garbage[:32]))),
        "garbage between algorithm and digest": padded(element(0x30, info[2 : 2 + 2 + info[3]], element(0x04, garbage[:8]), element(0x04, digest))),
        "garbage after the digest, inside": padded(element(0x30, info[2:], element(0x04, garbage[:8]))),
        "a NULL after the digest, inside": padded(element(0x30, info[2:], b"\x05\x00")),
        f"the OID of {wrong} with the digest of {scheme}": padded(digest_info(wrong, digest)),
        f"the OID of sha1 with the digest of {scheme}": padded(digest_info("sha1", digest)),
        f"the OID of {scheme} with the digest of {wrong}": padded(digest_info(scheme, hashlib.new(wrong, chosen).digest())),
        "an OID one arc longer": padded(element(0x30, element(0x30, element(0x06, bytes.fromhex(OIDS[scheme]) + b"\x01"), b"\x05\x00"), element(0x04, digest))),
        "an OID with a leading 0x80": padded(element(0x30, element(0x30, element(0x06, b"\x80" + bytes.fromhex(OIDS[scheme])), b"\x05\x00"), element(0x04, digest))),
        "a digest a byte short": padded(digest_info(scheme, digest[:-1])),
        "a digest of 16 bytes": padded(digest_info(scheme, digest[:16])),
        "a digest of no bytes": padded(digest_info(scheme, b"")),
        "a digest a byte longer": padded(digest_info(scheme, digest + b"\x00")),
        "the digest in hex": padded(digest_info(scheme, digest.hex().encode())),
        "the digest of the digest": padded(digest_info(scheme, hashlib.new(scheme, digest).digest())),
        "the digest in a BIT STRING": padded(element(0x30, info[2 : 2 + 2 + info[3]], element(0x03, digest))),
        "the digest in a constructed OCTET STRING": padded(element(0x30, info[2 : 2 + 2 + info[3]], element(0x24, element(0x04, digest)))),
        "a SET in place of the SEQUENCE": padded(b"\x31" + info[1:]),
        "a length of the DigestInfo in the long form": padded(b"\x30\x81" + info[1:]),
        "a length of the DigestInfo in two bytes": padded(b"\x30\x82\x00" + info[1:]),
        "a length of the digest in the long form": padded(b"\x30" + bytes([info[1] + 1]) + info[2 : 4 + info[3]] + b"\x04\x81" + bytes([len(digest)]) + digest),
        "an indefinite length of the DigestInfo": padded(b"\x30\x80" + info[2:] + b"\x00\x00"),
        "a length of the DigestInfo one too large": padded(b"\x30" + bytes([info[1] + 1]) + info[2:]),
        "a length of the DigestInfo one too small": padded(b"\x30" + bytes([info[1] - 1]) + info[2:]),
    }
    for what, encoded in encodings.items():
        assert len(encoded) == size or what == "no leading zero byte", what
        note(what, raw_of(encoded), "invalid")
        note_wrapped(what, raw_of(encoded), "invalid")
    # Every element of the DigestInfo and of the halves, and everything that can be wrong with it: the size of the key has no part in it.
    if bits == 2048:
        tree = (0x30, [(0x30, [(0x06, bytes.fromhex(OIDS[scheme])), (0x05, b"")]), (0x04, digest)])
        assert encode(tree) == info
        names = {"DigestInfo": (), "algorithm": (0,), "OID": (0, 0), "NULL": (0, 1), "digest": (1,)}
        for what, block in mutations(tree, names):
            note(f"DigestInfo, {what}", raw_of(padded(block)), "invalid")
        halves = (0x30, [(0x02, content_of(left)), (0x02, content_of(right))])
        assert encode(halves) == wrap(good)
        for what, signature in mutations(halves, {"SEQUENCE": (), "first": (0,), "second": (1,)}):
            put(f"halves, {what}", signature, "encoding")

    zero = b"\x00"
    shapes = {
        "an empty signature": b"",
        "one byte": zero,
        "a zero byte before": zero + good,
        "a zero byte after": good + zero,
        "the first half": good[:half],
        "the value twice": good + good,
        "the value in hex": good.hex().encode(),
        "the value in base64": base64.b64encode(good),
        "an OCTET STRING of the value": element(0x04, good),
        "a SEQUENCE of the value in one INTEGER": element(0x30, integer(value)),
        "halves in OCTET STRINGs": element(0x30, element(0x04, good[:half]), element(0x04, good[half:])),
        "halves in a SET": element(0x31, integer(left), integer(right)),
        "three INTEGERs": element(0x30, integer(left), integer(right), integer(0)),
        "a first half a byte longer": pair(left + (1 << (8 * half)), right),
        "a second half a byte longer": pair(left, right + (1 << (8 * half))),
        "zero and the whole value": pair(0, value),
        "a negative first half": pair(-left, right),
        "a negative second half": pair(left, -right),
        "minus one and a half": pair(-1, right),
        "a first half with a needless zero byte": element(0x30, element(0x02, b"\x00\x00" + content_of(left)), integer(right)),
        "a second half with a needless zero byte": element(0x30, integer(left), element(0x02, b"\x00\x00" + content_of(right))),
        "a second half without the byte that makes it positive": element(0x30, integer(left), element(0x02, good[half:])),
        "a first half without content": element(0x30, b"\x02\x00", integer(right)),
        "halves with a byte after the SEQUENCE": wrap(good) + zero,
        "halves with a byte inside, after them": element(0x30, integer(left), integer(right), zero),
        "halves without their last byte": wrap(good)[:-1],
        "halves with an indefinite length": b"\x30\x80" + integer(left) + integer(right) + b"\x00\x00",
        "halves with a length in three bytes": b"\x30\x83" + len(wrap(good)[4:]).to_bytes(3, "big") + wrap(good)[4:],
        "halves with a length of 2^32 - 1": b"\x30\x84\xff\xff\xff\xff" + wrap(good)[4:],
        "halves wrapped twice": element(0x30, wrap(good)),
    }
    for what, signature in shapes.items():
        put(what, signature, "encoding")
    put("halves swapped", pair(right, left), "invalid")
    put("halves of zero", pair(0, 0), "invalid")
    put("halves of one", pair(1, 1), "invalid")
    put("halves all ones", pair((1 << (8 * half)) - 1, (1 << (8 * half)) - 1), "invalid")
    put("halves of n", wrap(n.to_bytes(size, "big")), "invalid")
    return weak
