"""The certificate of a service, out of a PEM or PFX file: what goes into the key ring, and what may be shown.

The file itself is read once and not needed again; its private key lies in the key ring only (F218).
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12

from maestro_procore.logs import Secret

LARGEST_FILE: Final = 256 * 2**10
BEGIN: Final = b"-----BEGIN "


WHY: Final = ("missing", "unreadable", "none", "password", "no_key", "other_key")
"""What a CertificateUnusable says: the end of a `reason.certificate_…`."""


class CertificateUnusable(Exception):
    """The file is not there, is none, wants another password, or holds no key that Microsoft takes: one of WHY."""


@dataclass(frozen=True)
class ServiceKey:
    """A certificate and its private key. thumbprint: SHA-1 in hex, as Microsoft's portal shows it."""

    private_key: Secret = field(repr=False)
    certificate: str
    thumbprint: str
    subject: str
    expires_at: datetime

    def to_text(self) -> str:
        """For the key ring only."""
        return orjson.dumps({"key": self.private_key.reveal(), "certificate": self.certificate}).decode()

    @classmethod
    def from_text(cls, text: str) -> "ServiceKey":
        """Errors: CertificateUnusable for a text that is none of ours."""
        try:
            held = orjson.loads(text)
            return _of(x509.load_pem_x509_certificate(held["certificate"].encode()), Secret(held["key"]))
        except (ValueError, KeyError, TypeError) as error:
            raise CertificateUnusable("none") from error

    def facts(self) -> dict[str, Any]:
        """What may be shown: {thumbprint, subject, expires_at}."""
        return {"thumbprint": self.thumbprint, "subject": self.subject, "expires_at": self.expires_at.isoformat()}

    def for_msal(self) -> dict[str, Any]:
        """As MSAL wants it: with the certificate itself, it signs by SHA-256."""
        return {"private_key": self.private_key.reveal(), "public_certificate": self.certificate}


def read(file: Path, passphrase: Secret | None = None) -> ServiceKey:
    """The key of a file. passphrase: of the file, None when it has none. Errors: CertificateUnusable."""
    word = passphrase.reveal().encode() if passphrase else None
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise CertificateUnusable("none")
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise CertificateUnusable("missing") from error
    except OSError as error:
        raise CertificateUnusable("unreadable") from error
    try:
        is_text = BEGIN in content
        key, certificate = _of_pem(content, word) if is_text else pkcs12.load_key_and_certificates(content, word)[:2]
    except (ValueError, TypeError) as error:  # which of the two, only their text tells
        raise CertificateUnusable("password" if "password" in str(error).lower() else "none") from error
    if not isinstance(key, RSAPrivateKey) or certificate is None:
        raise CertificateUnusable("no_key")
    if _numbers(key.public_key()) != _numbers(certificate.public_key()):
        raise CertificateUnusable("other_key")
    unlocked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return _of(certificate, Secret(unlocked.decode()))


def _of_pem(content: bytes, word: bytes | None) -> tuple[Any, x509.Certificate]:
    """Key and certificate stand in one file, in any order."""
    return serialization.load_pem_private_key(content, word), x509.load_pem_x509_certificate(content)


def _numbers(public: Any) -> bytes:
    return bytes(public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def _of(certificate: x509.Certificate, key: Secret) -> ServiceKey:
    text = certificate.public_bytes(serialization.Encoding.PEM).decode()
    print_of = base64.b16encode(certificate.fingerprint(hashes.SHA1())).decode()  # noqa: S303 - a name, no proof
    return ServiceKey(key, text, print_of, certificate.subject.rfc4514_string(), certificate.not_valid_after_utc)
