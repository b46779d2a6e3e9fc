"""Numbers as people type them, in either language: 12,345.67 · 12 345,67 $ · 12345.67."""

import re
from decimal import Decimal

_SPACES = re.compile(r"[\s\u00a0\u202f$']")
_PLAIN = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,6})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?")
_COMMA = re.compile(r"[+-]?\d{1,15},\d{1,2}")


def typed_number(words: str) -> Decimal | None:
    """The number, None when it is none. One comma before one or two digits is a decimal comma, others group digits."""
    bare = _SPACES.sub("", words.replace("−", "-"))
    if _COMMA.fullmatch(bare):
        return Decimal(bare.replace(",", "."))
    if _PLAIN.fullmatch(bare) or _GROUPED.fullmatch(bare):
        return Decimal(bare.replace(",", ""))
    return None
