#!/usr/bin/env python3
"""Makes test/vectors/edge-signatures.json: signatures that are just right or just wrong, by a signer that shares no code with keyward.

    ${KEYWARD_TOOLS}/python/bin/python test/vectors/make/edge_signatures.py OUTPUT.json [SEED]     (scripts/install-python-clients.sh installs it)

The classes are those of Wycheproof's lists for ECDSA and RSASSA-PKCS1-v1_5. For each of the six kinds of key: what is expected is
"valid", "invalid" (well formed, and not this key's signature of the message) or "encoding" (no form in which such a key's signature is
stored), as it follows from how the signature was made. Python's cryptography has its say on every case that is in a form which it reads.
Keys and nonces follow from the seed, which is drawn where none is given; only the salts of PSS do not.
"""
import base64
import json
import secrets
import sys

sys.dont_write_bytecode = True

from edge.curve import CURVES  # noqa: E402
from edge.ecdsa import ecdsa_cases, wrong_curves  # noqa: E402
from edge.forgeries import forgeries  # noqa: E402
from edge.rsa import rsa_cases  # noqa: E402
from edge.seeded import Seeded  # noqa: E402
from edge.special_keys import special_cases  # noqa: E402
from edge.table import CASES, KEYS, MESSAGE  # noqa: E402


def main():
    output, *given = sys.argv[1:]
    seed = given[0] if given else secrets.token_hex(8)
    seeded = Seeded(seed)
    for algorithm in CURVES:
        ecdsa_cases(algorithm, seeded)
        special_cases(algorithm, seeded)
    wrong_curves(seeded)
    for algorithm in ("RSA-2048", "RSA-3072", "RSA-4096"):
        weak = rsa_cases(algorithm, seeded)
        forgeries(algorithm, weak)
    lines = lambda items: ",\n".join("    " + json.dumps(item) for item in items)
    with open(output, "w", encoding="ascii") as file:
        file.write(f'{{\n  "seed": {json.dumps(seed)},\n  "message": "{base64.b64encode(MESSAGE).decode()}",\n')
        file.write(f'  "keys": [\n{lines(KEYS)}\n  ],\n  "cases": [\n{lines(CASES)}\n  ]\n}}\n')


main()
