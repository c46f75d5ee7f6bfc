"""Forgeries against the exponent 3: no private key is used."""
import hashlib

from .der import element
from .rsa import digest_info, wrap
from .table import HASH_OF, MESSAGE, add, add_key, agree, messages


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


def forgeries(algorithm, weak):
    bits = int(algorithm.split("-")[1])
    size, scheme = bits // 8, HASH_OF[algorithm]
    public = weak.public_key()
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
    message = next(each for each in messages() if info_of(each)[-1] & 1)
    if 3 * 8 * len(info_of(message)) < bits:
        ends = b"\x00" + info_of(message)
        note("a cube that ends in the DigestInfo, no padding looked at", cube_root_of_suffix(ends), ends=ends, message=message)
    parameters = element(0x04, bytes(16))
    begins = b"\x00\x01" + b"\xff" * 8 + b"\x00" + info_of(MESSAGE, parameters=parameters)
    note("garbage in the parameters", cube_root(int.from_bytes(begins + bytes(size - len(begins)), "big")), begins=begins)
    note("the cube root of one", 1)
    add(key, "the largest value", ((1 << bits) - 1).to_bytes(size, "big"), "invalid")
