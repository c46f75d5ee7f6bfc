#!/usr/bin/env python3
"""Makes test/vectors/edge-signatures.json: signatures that are just right or just wrong, by a signer that shares no code with keyward.

    ${KEYWARD_TOOLS}/python/bin/python test/vectors/make/edge_signatures.py OUTPUT.json     (scripts/install-python-clients.sh installs it)

The classes are those of Wycheproof's lists for ECDSA and RSASSA-PKCS1-v1_5. For each of the six kinds of key: what is expected is
"valid", "invalid" (well formed, and not this key's signature of the message) or "encoding" (no form in which such a key's signature is
stored). Python's cryptography has its say on every case that is in a form which it reads. Keys are made anew for each run.
"""
import base64
import hashlib
import itertools
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

MESSAGE = b"keyward: the signed bytes"
HASH_OF = {"P-256": "sha256", "P-384": "sha384", "P-521": "sha512", "RSA-2048": "sha256", "RSA-3072": "sha384", "RSA-4096": "sha512"}
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
OIDS = {"sha1": "2b0e03021a", "sha256": "608648016503040201", "sha384": "608648016503040202", "sha512": "608648016503040203"}
CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
ORDERS = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    "P-521": int("01ff" + "ff" * 31 + "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409", 16),
}
KEYS, CASES = [], []


# --- DER by hand -------------------------------------------------------------------------------------------------------------------

def length(size):
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def element(tag, *contents):
    content = b"".join(contents)
    return bytes([tag]) + length(len(content)) + content


def content_of(number):
    """Two's complement in as few bytes as it takes."""
    size = 1
    while not -(1 << (8 * size - 1)) <= number < 1 << (8 * size - 1):
        size += 1
    return number.to_bytes(size, "big", signed=True)


def integer(number):
    return element(0x02, content_of(number))


def pair(first, second):
    return element(0x30, integer(first), integer(second))


def bare_length(of, octets):
    """The element with its length octets replaced; `of` has a short-form length."""
    return of[:1] + octets + of[2:]


# --- the table ---------------------------------------------------------------------------------------------------------------------

def add_key(algorithm, name, public, loads="ok"):
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    KEYS.append({"name": name, "algorithm": algorithm, "loads": loads, "pem": pem.decode()})


def add(key, what, signature, expected, message=MESSAGE, setting="auto"):
    case = {"key": key, "what": what, "expected": expected, "signature": base64.b64encode(signature).decode()}
    if message != MESSAGE:
        case["message"] = base64.b64encode(message).decode()
    if setting != "auto":
        case["hash"] = setting
    CASES.append(case)


def accepts(public, signature, message, scheme):
    """What cryptography (OpenSSL by another door) says."""
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, message, padding.PKCS1v15(), HASHES[scheme]())
        else:
            public.verify(signature, message, ec.ECDSA(HASHES[scheme]()))
        return True
    except InvalidSignature:
        return False


def agree(public, signature, expected, scheme, message=MESSAGE):
    said = accepts(public, signature, message, scheme)
    if said != (expected == "valid"):
        raise SystemExit(f"cryptography says {said} where {expected} is expected: {signature.hex()}")


# --- ECDSA -------------------------------------------------------------------------------------------------------------------------

def numbers_of(der):
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    return decode_dss_signature(der)


def ecdsa_cases(algorithm):
    private, other = (ec.generate_private_key(CURVES[algorithm]()) for _ in range(2))
    public, scheme, n = private.public_key(), HASH_OF[algorithm], ORDERS[algorithm]
    size = (n.bit_length() + 7) // 8
    add_key(algorithm, algorithm, public)

    def sign(message=MESSAGE, by=private, with_hash=scheme):
        return by.sign(message, ec.ECDSA(HASHES[with_hash]()))

    def note(what, signature, expected, message=MESSAGE):
        agree(public, signature, expected, scheme, message)
        add(algorithm, what, signature, expected, message)

    good = sign()
    r, s = numbers_of(good)
    note("valid", good, "valid")
    note("valid, n - s in place of s", pair(r, n - s), "valid")
    for which, name in ((0, "r"), (1, "s")):
        short = next(each for each in (sign() for _ in itertools.count()) if numbers_of(each)[which] < 1 << (8 * size - 8))
        note(f"valid, {name} a byte short", short, "valid")
    for other_hash in sorted(set(HASHES) - {scheme}):
        note(f"signed with {other_hash}", sign(with_hash=other_hash), "invalid")
    if scheme != "sha256":
        add(algorithm, "signed with sha256, as the setting says", sign(with_hash="sha256"), "valid", setting="sha256")
        add(algorithm, f"signed with {scheme}, where the setting says sha256", good, "invalid", setting="sha256")
    note("by another key of the curve", sign(by=other), "invalid")
    note("of another message", sign(b"keyward: other bytes"), "invalid")
    note("r and s swapped", pair(s, r), "invalid")

    def by_size(first, second):
        fits = all(0 < number < 1 << (8 * size) for number in (first, second))
        return "invalid" if fits else "encoding"

    special = {"0": 0, "1": 1, "-1": -1, "n": n, "n - 1": n - 1, "n + 1": n + 1, "2^8k": 1 << (8 * size), "2^8k - 1": (1 << (8 * size)) - 1}
    for name, value in special.items():
        note(f"r = {name}", pair(value, s), by_size(value, s))
        note(f"s = {name}", pair(r, value), by_size(r, value))
    for (first, one), (second, two) in itertools.product(list(special.items())[:5], repeat=2):
        note(f"r = {first} and s = {second}", pair(one, two), by_size(one, two))
    note("-r in place of r", pair(-r, s), "encoding")
    note("-s in place of s", pair(r, -s), "encoding")
    note("r + n in place of r", pair(r + n, s), by_size(r + n, s))
    note("s + n in place of s", pair(r, s + n), by_size(r, s + n))
    note("r - n in place of r", pair(r - n, s), "encoding")
    note("r + 2^8k in place of r", pair(r + (1 << (8 * size)), s), "encoding")

    body, first, second = integer(r) + integer(s), integer(r), integer(s)
    total = len(body)
    shapes = {
        "an empty signature": b"",
        "a tag and nothing else": b"\x30",
        "an empty SEQUENCE": b"\x30\x00",
        "a SEQUENCE of one INTEGER": element(0x30, first),
        "a SEQUENCE of three INTEGERs": element(0x30, body, integer(1)),
        "a NULL after s": element(0x30, body, b"\x05\x00"),
        "zero bytes inside, after s": element(0x30, body, b"\x00\x00"),
        "an indefinite end inside, after s": element(0x30, body, b"\x00\x00\x00\x00"),
        "a byte after the SEQUENCE": good + b"\x00",
        "a NULL after the SEQUENCE": good + b"\x05\x00",
        "the signature twice": good + good,
        "the last byte missing": good[:-1],
        "the first byte missing": good[1:],
        "a SET": element(0x31, body),
        "a primitive SEQUENCE": element(0x10, body),
        "a context tag": element(0xA0, body),
        "a tag in the long form": b"\x3f\x10" + length(total) + body,
        "a SEQUENCE in a SEQUENCE": element(0x30, good),
        "OCTET STRINGs": element(0x30, element(0x04, content_of(r)), element(0x04, content_of(s))),
        "ENUMERATED in place of r": element(0x30, element(0x0A, content_of(r)), second),
        "a constructed INTEGER": element(0x30, element(0x22, first), second),
        "an indefinite length": b"\x30\x80" + body + b"\x00\x00",
        "a length of the SEQUENCE with a leading zero byte": b"\x30\x82" + total.to_bytes(2, "big") + body if total < 0x100 else b"\x30\x83" + total.to_bytes(3, "big") + body,
        "a length of the SEQUENCE in four bytes": b"\x30\x84" + total.to_bytes(4, "big") + body,
        "a length of the SEQUENCE in eight bytes": b"\x30\x88" + total.to_bytes(8, "big") + body,
        "a length of the SEQUENCE beyond all memory": b"\x30\x84\xff\xff\xff\xff" + body,
        "a reserved length": b"\x30\xff" + body,
        "a length of the SEQUENCE one too large": b"\x30" + length(total + 1) + body,
        "a length of the SEQUENCE one too small": b"\x30" + length(total - 1) + body,
        "a length of r in the long form": element(0x30, bare_length(first, b"\x81" + first[1:2]), second),
        "a length of s in the long form": element(0x30, first, bare_length(second, b"\x81" + second[1:2])),
        "a length of r with a leading zero byte": element(0x30, bare_length(first, b"\x82\x00" + first[1:2]), second),
        "a length of r one too large": element(0x30, bare_length(first, bytes([first[1] + 1])), second),
        "a length of r one too small": element(0x30, bare_length(first, bytes([first[1] - 1])), second),
        "a length of s one too large": element(0x30, first, bare_length(second, bytes([second[1] + 1]))),
        "a length of s one too small": element(0x30, first, bare_length(second, bytes([second[1] - 1]))),
        "an indefinite length of r": element(0x30, b"\x02\x80" + content_of(r) + b"\x00\x00", second),
        "r with no content": element(0x30, b"\x02\x00", second),
        "s with no content": element(0x30, first, b"\x02\x00"),
        "r with a needless zero byte": element(0x30, element(0x02, b"\x00\x00" + content_of(r)), second),
        "s with a needless zero byte": element(0x30, first, element(0x02, b"\x00\x00" + content_of(s))),
        "r with needless zero bytes to 300 bytes": element(0x30, element(0x02, bytes(300) + content_of(r)), second),
        "r without the byte that makes it positive": element(0x30, element(0x02, ((r | 1 << (8 * size - 1)) & ((1 << (8 * size)) - 1)).to_bytes(size, "big")), second),
        "r and s side by side (IEEE P1363)": r.to_bytes(size, "big") + s.to_bytes(size, "big"),
        "r and s side by side, each a byte longer": r.to_bytes(size + 1, "big") + s.to_bytes(size + 1, "big"),
        "the signature in hex": good.hex().encode(),
        "the signature in base64": base64.b64encode(good),
        "random bytes": hashlib.shake_128(good).digest(len(good)),
    }
    if total >= 0x80:
        shapes["a length of the SEQUENCE in the short form, where it is too long"] = b"\x30" + bytes([total & 0x7F]) + body
    else:
        shapes["a length of the SEQUENCE in the long form, where it is short"] = b"\x30\x81" + bytes([total]) + body
    for what, signature in shapes.items():
        note(what, signature, "encoding")


def wrong_curves(private_of):
    """Each key's signature under the keys of the others: in a form of theirs where it fits."""
    for made, offered in itertools.permutations(CURVES, 2):
        signature = private_of[made].sign(MESSAGE, ec.ECDSA(HASHES[HASH_OF[made]]()))
        limit = (ORDERS[offered].bit_length() + 7) // 8
        fits = all(number < 1 << (8 * limit) for number in numbers_of(signature))
        add(offered, f"by a key of {made}", signature, "invalid" if fits else "encoding")


# --- RSASSA-PKCS1-v1_5 -------------------------------------------------------------------------------------------------------------

def digest_info(name, digest, parameters=b"\x05\x00"):
    return element(0x30, element(0x30, element(0x06, bytes.fromhex(OIDS[name])), parameters), element(0x04, digest))


def wrap(raw):
    """The halves of the value as two INTEGERs: how cosign stores what Key Vault signed."""
    half = len(raw) // 2
    return pair(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def rsa_cases(algorithm):
    bits = int(algorithm.split("-")[1])
    private, other = (rsa.generate_private_key(65537, bits) for _ in range(2))
    public, scheme, size = private.public_key(), HASH_OF[algorithm], bits // 8
    numbers = private.private_numbers()
    n, d = numbers.public_numbers.n, numbers.d
    add_key(algorithm, algorithm, public)

    def sign(message=MESSAGE, by=private, with_hash=scheme):
        return by.sign(message, padding.PKCS1v15(), HASHES[with_hash]())

    def note(what, signature, expected, message=MESSAGE):
        agree(public, signature, expected, scheme, message)
        add(algorithm, what, signature, expected, message)

    def note_wrapped(what, raw, expected, message=MESSAGE):
        add(algorithm, f"{what}, wrapped", wrap(raw), expected, message)

    def raw_of(encoded):
        return pow(int.from_bytes(encoded, "big"), d, n).to_bytes(size, "big")

    good = sign()
    half = size // 2
    left, right = int.from_bytes(good[:half], "big"), int.from_bytes(good[half:], "big")
    note("valid", good, "valid")
    note_wrapped("valid", good, "valid")
    # Signatures with leading zero bytes come once in 256 messages: numbers after the message find one.
    for name, at in (("value", 0), ("second half", half)):
        messages = (MESSAGE + b" %d" % number for number in itertools.count())
        message, raw = next((each, made) for each, made in ((each, sign(each)) for each in messages) if made[at] == 0)
        note(f"valid, a zero byte first in the {name}", raw, "valid", message)
        note_wrapped(f"valid, a zero byte first in the {name}", raw, "valid", message)
        if at == 0:
            note("a zero byte first, left out", raw[1:], "encoding", message)
    for other_hash in sorted(set(HASHES) - {scheme}):
        note(f"signed with {other_hash}", sign(with_hash=other_hash), "invalid")
    if scheme != "sha256":
        add(algorithm, "signed with sha256, as the setting says", sign(with_hash="sha256"), "valid", setting="sha256")
        add(algorithm, f"signed with {scheme}, where the setting says sha256", good, "invalid", setting="sha256")
    note("by another key of the size", sign(by=other), "invalid")
    note_wrapped("by another key of the size", sign(by=other), "invalid")
    note("of another message", sign(b"keyward: other bytes"), "invalid")
    for salt, name in ((padding.PSS.DIGEST_LENGTH, "as long as the hash"), (0, "of no length")):
        pss = private.sign(MESSAGE, padding.PSS(padding.MGF1(HASHES[scheme]()), salt), HASHES[scheme]())
        note(f"PSS with a salt {name}", pss, "invalid")

    for name, value in (("0", 0), ("1", 1), ("n - 1", n - 1), ("n", n), ("n + 1", n + 1), ("the largest", (1 << bits) - 1)):
        note(f"the value {name}", value.to_bytes(size, "big"), "invalid")
    value = int.from_bytes(good, "big")
    if value + n < 1 << bits:
        note("the value plus n", (value + n).to_bytes(size, "big"), "invalid")
    else:
        # The same class for every key: another message whose value is small enough.
        messages = (MESSAGE + b" %d" % number for number in itertools.count())
        message, raw = next((each, made) for each, made in ((each, sign(each)) for each in messages) if int.from_bytes(made, "big") + n < 1 << bits)
        note("the value plus n", (int.from_bytes(raw, "big") + n).to_bytes(size, "big"), "invalid", message)
    note("n minus the value", (n - value).to_bytes(size, "big"), "invalid")

    digest = hashlib.new(scheme, MESSAGE).digest()
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
        f"the OID of {scheme} with the digest of {wrong}": padded(digest_info(scheme, hashlib.new(wrong, MESSAGE).digest())),
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
    for what in ("padding of 8 bytes, garbage after", "a missing NULL", "no padding, garbage after"):
        note_wrapped(what, raw_of(encodings[what]), "invalid")

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
        add(algorithm, what, signature, "encoding")
    add(algorithm, "halves swapped", pair(right, left), "invalid")
    add(algorithm, "halves of zero", pair(0, 0), "invalid")
    add(algorithm, "halves of one", pair(1, 1), "invalid")
    add(algorithm, "halves all ones", pair((1 << (8 * half)) - 1, (1 << (8 * half)) - 1), "invalid")
    add(algorithm, "halves of n", wrap(n.to_bytes(size, "big")), "invalid")


# --- forgeries against e = 3: no private key is used -------------------------------------------------------------------------------

def cube_root(number):
    low, high = 0, 1 << ((number.bit_length() + 2) // 3 + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < number else (low, middle)
    return low


def cube_root_of_suffix(suffix):
    """A number whose cube ends in these bytes, which must be odd: bit by bit (Bleichenbacher's trick backwards)."""
    wanted, root = int.from_bytes(suffix, "big"), 1
    for bit in range(1, 8 * len(suffix)):
        if ((root**3) ^ wanted) >> bit & 1:
            root |= 1 << bit
    assert (root**3 - wanted) % (1 << (8 * len(suffix))) == 0
    return root


def forgeries(algorithm):
    bits = int(algorithm.split("-")[1])
    size, scheme = bits // 8, HASH_OF[algorithm]
    public = rsa.generate_private_key(3, bits).public_key()
    key = f"{algorithm}, e = 3"
    add_key(algorithm, key, public, loads="KEY_WEAK")

    def info_of(message, name=scheme, parameters=b"\x05\x00"):
        return digest_info(name, hashlib.new(name, message).digest(), parameters)

    def note(what, number, begins=b"", ends=b"", message=MESSAGE):
        cube = (number**3).to_bytes(size, "big")
        assert cube.startswith(begins) and cube.endswith(ends), what
        signature = number.to_bytes(size, "big")
        agree(public, signature, "invalid", scheme, message)
        add(key, what, signature, "invalid", message)
        add(key, f"{what}, wrapped", wrap(signature), "invalid", message)

    for what, head in (
        ("Bleichenbacher: padding of 8 bytes, garbage after the DigestInfo", b"\x00\x01" + b"\xff" * 8 + b"\x00"),
        ("Bleichenbacher: no padding, garbage after the DigestInfo", b"\x00\x01\x00"),
    ):
        begins = head + info_of(MESSAGE)
        note(what, cube_root(int.from_bytes(begins + bytes(size - len(begins)), "big")), begins=begins)
    # Only an odd DigestInfo is the end of a cube: numbers after the message find one.
    messages = (MESSAGE + b" %d" % number for number in itertools.count())
    message = next(each for each in messages if info_of(each)[-1] & 1)
    if 3 * 8 * len(info_of(message)) < bits:
        ends = b"\x00" + info_of(message)
        note("a cube that ends in the DigestInfo, no padding looked at", cube_root_of_suffix(ends), ends=ends, message=message)
    parameters = element(0x04, bytes(16))
    begins = b"\x00\x01" + b"\xff" * 8 + b"\x00" + info_of(MESSAGE, parameters=parameters)
    note("garbage in the parameters", cube_root(int.from_bytes(begins + bytes(size - len(begins)), "big")), begins=begins)
    note("the cube root of one", 1)
    add(key, "the largest value", ((1 << bits) - 1).to_bytes(size, "big"), "invalid")


def main():
    (output,) = sys.argv[1:]
    for algorithm in CURVES:
        ecdsa_cases(algorithm)
    wrong_curves({name: ec.generate_private_key(curve()) for name, curve in CURVES.items()})
    for algorithm in ("RSA-2048", "RSA-3072", "RSA-4096"):
        rsa_cases(algorithm)
        forgeries(algorithm)
    lines = lambda items: ",\n".join("    " + json.dumps(item) for item in items)
    with open(output, "w", encoding="ascii") as file:
        file.write(f'{{\n  "message": "{base64.b64encode(MESSAGE).decode()}",\n')
        file.write(f'  "keys": [\n{lines(KEYS)}\n  ],\n  "cases": [\n{lines(CASES)}\n  ]\n}}\n')


main()
