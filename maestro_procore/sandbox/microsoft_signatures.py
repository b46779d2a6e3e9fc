"""Signed texts (JSON Web Tokens): the id token of the sign-in server, the assertion of an application."""

import base64
import binascii
import functools
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY_ID = "sandbox-1"


class NotSigned(ValueError):
    """A text that is no assertion, or one that none of the certificates signed."""


class Signer:
    """Signs as Entra does, RS256, with a key made at the first use and kept in memory."""

    @functools.cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def signed(self, claims: Mapping[str, Any]) -> str:
        header = {"typ": "JWT", "alg": "RS256", "kid": KEY_ID}
        text = f"{as_base64(orjson.dumps(header))}.{as_base64(orjson.dumps(dict(claims)))}"
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{as_base64(signature)}"

    def public_keys(self) -> dict[str, Any]:
        """As the address of the keys answers."""
        numbers = self._key.public_key().public_numbers()
        words = {
            name: as_base64(number.to_bytes((number.bit_length() + 7) // 8, "big"))
            for name, number in (("n", numbers.n), ("e", numbers.e))
        }
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, **words}]}


def checked_assertion(text: str, certificates: list[str]) -> dict[str, Any]:
    """The claims of a client assertion that one of the certificates (PEM) signed, RS256 or PS256. Errors: NotSigned."""
    parts = text.split(".")
    if len(parts) != 3:
        raise NotSigned("not three parts")
    try:
        header, claims = (orjson.loads(from_base64(part)) for part in parts[:2])
        signature = from_base64(parts[2])
    except (binascii.Error, ValueError):
        raise NotSigned("unreadable") from None
    data = f"{parts[0]}.{parts[1]}".encode()
    for pem in certificates:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            continue
        salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        try:
            key.verify(signature, data, salted if header.get("alg") == "PS256" else padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            continue
        if isinstance(claims, dict):
            return claims
    raise NotSigned("no certificate of the application signed it")


def as_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Errors: binascii.Error."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
