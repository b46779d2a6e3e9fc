"""Reads what Microsoft demands of the next token: a claims challenge. Pure. Source: reference graph-drive.md §6.6."""

import base64
import binascii
import re
from typing import Final

from maestro_procore.drive.answers import Answer

_CLAIMS: Final = re.compile(r'\bclaims="([A-Za-z0-9+/=_-]+)"')
_DEMANDS: Final = re.compile(r'\berror="insufficient_claims"')


def claims_of(answer: Answer) -> str | None:
    """The claims as JSON, for the next sign-in; None when the answer demands none or cannot be read."""
    words = answer.headers.get("www-authenticate", "")
    found = _CLAIMS.search(words)
    if found is None or not _DEMANDS.search(words):
        return None
    packed = found.group(1).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
