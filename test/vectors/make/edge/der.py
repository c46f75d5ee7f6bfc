"""DER by hand, and everything that can be wrong with it."""


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


def encode(node):
    """A node is bytes as they stand, or a tag with bytes or nodes inside."""
    if isinstance(node, bytes):
        return node
    tag, inside = node
    return element(tag, inside if isinstance(inside, bytes) else b"".join(map(encode, inside)))


def replaced(node, path, other):
    if not path:
        return other
    tag, inside = node
    return tag, [replaced(child, path[1:], other) if at == path[0] else child for at, child in enumerate(inside)]


def node_at(node, path):
    return node_at(node[1][path[0]], path[1:]) if path else node


GARBAGE = b"\x49\x81\x77"
TYPES = {
    "NULL": b"\x05\x00",
    "REAL infinity": b"\x09\x01\x80",
    "REAL not a number": b"\x09\x01\x42",
    "REAL 0.25": b"\x09\x03\x80\xfe\x01",
    "BOOLEAN true": b"\x01\x01\xff",
    "BOOLEAN false": b"\x01\x01\x00",
    "UTF8String 0": b"\x0c\x01\x30",
    "UTF8String of nothing": b"\x0c\x00",
    "SEQUENCE of nothing": b"\x30\x00",
    "SEQUENCE of 0": b"\x30\x03\x02\x01\x00",
}


def wrong_lengths(tag, content):
    head, size = bytes([tag]), len(content)
    octets = max(1, (size.bit_length() + 7) // 8 + (size >= 0x80))
    yield "length in an octet more than it takes", head + bytes([0x80 | octets]) + size.to_bytes(octets, "big") + content
    yield "length with leading zero octets", head + b"\x84" + size.to_bytes(4, "big") + content
    yield "length one too large", head + length(size + 1) + content
    if size > 0:
        yield "length one too small", head + length(size - 1) + content
        yield "length 0", head + b"\x00" + content
    yield "length 2^32 too large", head + b"\x85\x01" + size.to_bytes(4, "big") + content
    yield "length 2^64 too large", head + b"\x89\x01" + size.to_bytes(8, "big") + content
    for bits in (31, 32, 40, 64):
        octets = ((1 << bits) - 1).to_bytes((bits + 7) // 8, "big")
        yield f"length 2^{bits} - 1", head + bytes([0x80 | len(octets)]) + octets + content
    yield "length reserved", head + b"\xff" + content
    yield "length indefinite", head + b"\x80" + content + b"\x00\x00"
    yield "length indefinite, no end", head + b"\x80" + content
    yield "length indefinite, half an end", head + b"\x80" + content + b"\x00"


def wrong_contents(tag, content):
    whole = element(tag, content)
    yield "left out", b""
    yield "a tag and nothing else", bytes([tag])
    yield "twice", whole + whole
    yield "in itself", element(tag, whole)
    if content:
        yield "of no content", element(tag)
        yield "cut short by a byte, its length as it was", whole[:-1]
    yield "zero bytes after its content", element(tag, content, b"\x00\x00")
    yield "zero bytes before its content", element(tag, b"\x00\x00", content)
    yield "zero bytes after it", whole + b"\x00\x00"
    yield "zero bytes before it", b"\x00\x00" + whole
    yield "NULL after its content", element(tag, content, b"\x05\x00")
    yield "garbage after its content", element(tag, content, GARBAGE)
    yield "garbage before its content", element(tag, GARBAGE, content)
    yield "garbage before it", element(0x04, GARBAGE) + whole
    yield "undefined tags before its content", element(tag, b"\xaa\x00\xbb\x00\xcd\x00", content)
    yield "undefined tags before it", b"\xaa\x00\xbb\x00\xcd\x00" + whole
    yield "constructed", element(tag ^ 0x20, content)
    yield "of parts", element(tag | 0x20, element(tag, content[:1]), element(tag, content[1:])) if tag != 0x30 else element(0x31, content)
    for other in (tag - 1, tag + 1, 0xFF):
        yield f"tag 0x{other:02x}", element(other, content)


def wrong_types(tag, content):
    for name, encoded in TYPES.items():
        if encoded[0] != tag:
            yield f"{name} in place of it", encoded


def mutations(tree, names):
    """Every wrong form of every element named, the elements around it encoded as they should be. None is the tree's own encoding."""
    sound = encode(tree)
    for name, path in names.items():
        tag, _ = node = node_at(tree, path)
        content = body_of(node)
        for family in (wrong_lengths, wrong_contents, wrong_types):
            for what, encoded in family(tag, content):
                mutated = encode(replaced(tree, path, encoded))
                assert mutated != sound, (name, what)
                yield f"{name}: {what}", mutated


def body_of(node):
    _, inside = node
    return inside if isinstance(inside, bytes) else b"".join(map(encode, inside))
