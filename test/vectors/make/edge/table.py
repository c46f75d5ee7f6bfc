"""What is collected: keys, and signatures by them, each with what is to be said of it. Python's cryptography has its say as well."""
import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

MESSAGE = b"keyward: the signed bytes"
HASH_OF = {"P-256": "sha256", "P-384": "sha384", "P-521": "sha512", "RSA-2048": "sha256", "RSA-3072": "sha384", "RSA-4096": "sha512"}
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
KEYS, CASES = [], []


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


def messages():
    """Numbers after the message: for what only some messages give."""
    number = 0
    while True:
        yield MESSAGE + b" %d" % number
        number += 1
