"""The key of this computer that signs reports, kept in the key ring, and the check of what it signed.

Ed25519: whoever has a report can see that nobody changed it; only this computer can say that it made it.
"""

import base64
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from maestro_procore.ports import Secrets

log = logging.getLogger(__name__)

KEY_NAME: Final = "report-key"
ALGORITHM: Final = "Ed25519"


def canonical(report: Mapping[str, Any]) -> bytes:
    """The same bytes for the same report, however it was written down."""
    return json.dumps(report, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class ReportKey:
    """Signs. public: the half that everybody may know, as text."""

    _private: Ed25519PrivateKey

    @classmethod
    def of(cls, secrets: Secrets) -> "ReportKey":
        """With the key in the key ring, made at the first time. May take long: a locked key ring asks the person."""
        kept = secrets.get(KEY_NAME)
        try:
            if kept is not None:
                return cls(Ed25519PrivateKey.from_private_bytes(base64.b64decode(kept, validate=True)))
        except ValueError:
            log.warning("the key %s cannot be used and is replaced", KEY_NAME)
        fresh = Ed25519PrivateKey.generate()
        secrets.put(KEY_NAME, base64.b64encode(fresh.private_bytes_raw()).decode())
        return cls(fresh)

    @property
    def public(self) -> str:
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    def sign(self, report: Mapping[str, Any]) -> dict[str, str]:
        """What stands beside the report: {algorithm, key, value}."""
        value = base64.b64encode(self._private.sign(canonical(report))).decode()
        return {"algorithm": ALGORITHM, "key": self.public, "value": value}


def is_intact(report: Mapping[str, Any], signature: Mapping[str, Any]) -> bool:
    """Whether the report is what was signed with the key that stands in the signature."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(signature["key"], validate=True))
        public.verify(base64.b64decode(signature["value"], validate=True), canonical(report))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return signature.get("algorithm") == ALGORITHM
