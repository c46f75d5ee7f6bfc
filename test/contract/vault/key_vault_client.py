"""Drives azure-keyvault-keys for the contract suite: one JSON request a line on stdin, one JSON answer a line on stdout.

Its words are those of vault-client.ts. Throttling is not retried, so that it is seen as the vault gave it.
"""

import base64
import json
import sys
import time
from datetime import datetime, timezone

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.identity import DefaultAzureCredential, WorkloadIdentityCredential
from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives import hashes

FAULTS = {401: "unauthorized", 403: "forbidden", 404: "absent", 429: "throttled"}
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


class StaticCredential:
    """For emulators, which take any token."""

    def get_token(self, *_scopes, **_options):
        return AccessToken("emulator", int(time.time()) + 3600)


CREDENTIALS = {
    "workload": WorkloadIdentityCredential,
    "default": DefaultAzureCredential,
    "static": StaticCredential,
}


def milliseconds(moment):
    return None if moment is None else round(moment.timestamp() * 1000)


def moment(value):
    return None if value is None else datetime.fromtimestamp(value / 1000, timezone.utc)


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def see_version(properties):
    return {
        "version": properties.version,
        "enabled": properties.enabled,
        "createdOn": milliseconds(properties.created_on),
        "notBefore": milliseconds(properties.not_before),
        "expiresOn": milliseconds(properties.expires_on),
    }


def see_key(key):
    parts = {name: getattr(key.key, name, None) for name in ("n", "e", "x", "y")}
    jwk = {name: base64url(part) for name, part in parts.items() if part is not None}
    if key.key.crv is not None:
        jwk["crv"] = str(getattr(key.key.crv, "value", key.key.crv))
    jwk["kty"] = str(getattr(key.key.kty, "value", key.key.kty))
    return {**see_version(key.properties), "id": key.id, "jwk": jwk}


def verify(jwk, algorithm, digest, signature):
    """With the `cryptography` package alone, from the public key that the vault showed."""
    algorithm_hash = HASHES[algorithm[2:]]
    number = lambda part: int.from_bytes(part, "big")
    if algorithm.startswith("RS"):
        key = rsa.RSAPublicNumbers(number(jwk.e), number(jwk.n)).public_key()
        key.verify(signature, digest, padding.PKCS1v15(), utils.Prehashed(algorithm_hash))
        return
    curve = CURVES[str(getattr(jwk.crv, "value", jwk.crv))]
    key = ec.EllipticCurvePublicNumbers(number(jwk.x), number(jwk.y), curve).public_key()
    half = len(signature) // 2
    encoded = utils.encode_dss_signature(number(signature[:half]), number(signature[half:]))
    key.verify(encoded, digest, ec.ECDSA(utils.Prehashed(algorithm_hash)))


class Driver:
    def __init__(self, vault_url, credential, emulator=False):
        self.vault_url = vault_url
        self.options = {"verify_challenge_resource": not emulator, "retry_total": 0}
        self.credential = CREDENTIALS[credential]()
        self.client = KeyClient(vault_url, self.credential, **self.options)

    def create(self, name, kty, size=None, curve=None, enabled=None, notBefore=None, expiresOn=None):
        given = {"size": size, "curve": curve, "enabled": enabled}
        given.update(not_before=moment(notBefore), expires_on=moment(expiresOn))
        options = {option: value for option, value in given.items() if value is not None}
        return see_key(self.client.create_key(name, kty, **options))

    def rotate(self, name):
        return see_key(self.client.rotate_key(name))

    def setEnabled(self, name, version, enabled):
        self.client.update_key_properties(name, version, enabled=enabled)

    def remove(self, name):
        self.client.begin_delete_key(name, _polling_interval=0.1).wait()

    def list(self, name):
        return [see_version(each) for each in self.client.list_properties_of_key_versions(name)]

    def read(self, name, version=None):
        return see_key(self.client.get_key(name, version))

    def sign(self, name, version, algorithm, digest):
        data = base64.b64decode(digest)
        client = CryptographyClient(f"{self.vault_url}/keys/{name}/{version}", self.credential, **self.options)
        signature = client.sign(SignatureAlgorithm(algorithm), data).signature
        # Once by the SDK, which has fetched the public key and verifies without the vault, once without the SDK.
        assert client.verify(SignatureAlgorithm(algorithm), data, signature).is_valid
        verify(self.client.get_key(name, version).key, algorithm, data, signature)
        return base64.b64encode(signature).decode()


def attempt(action):
    try:
        return {"ok": True, "value": action()}
    except ClientAuthenticationError:
        return {"ok": False, "fault": "unauthorized"}
    except HttpResponseError as error:
        return {"ok": False, "fault": FAULTS.get(error.status_code, "other")}
    except AzureError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return {"ok": False, "fault": "other"}


def main():
    driver = None
    for line in sys.stdin:
        request = json.loads(line)
        name, arguments = request["call"], request["arguments"]
        if name == "open":
            driver = Driver(**arguments)
            answer = {"ok": True, "value": None}
        else:
            answer = attempt(lambda: getattr(driver, name)(**arguments))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
