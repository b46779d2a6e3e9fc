"""Values: how a field is read from either side, and when two of them mean the same.

Two texts that differ only in what one side cannot store, or in punctuation that carries no
meaning (a phone number's dashes), are the same value: writing one over the other would be noise.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

Value = str | bool | None

_SPACES = re.compile(r"[ \t\u00a0\u202f]+")
_NOT_DIGITS = re.compile(r"\D")
_NOT_POSTAL = re.compile(r"[^A-Z0-9]")
_LINE_END = re.compile(r"[ \t\u00a0]*(?:\r\n|\r|\n)")
_TAX_NUMBER = re.compile(r"(?<!\d)\d{9,10}(?!\d)")
_INSIDE_NUMBER = re.compile(r"(?<=\d)[ -](?=\d)")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
# Word processors replace what people type; neither form says anything the other does not.
_TYPED = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "‑": "-", "–": "-", "—": "-"})


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, Decimal):
        return str(value)
    cleaned = _SPACES.sub(" ", unicodedata.normalize("NFC", str(value))).strip()
    return cleaned or None


def _long_text(value: Any) -> str | None:
    if value is None:
        return None
    lines = _LINE_END.sub("\n", unicodedata.normalize("NFC", str(value))).strip()
    return lines or None


def _code(value: Any) -> str | None:
    read = _text(value)
    return read.upper() if read else None


def _date(value: Any) -> str | None:
    read = _text(value)
    return read[:10] if read else None


def _tax_numbers(value: Any) -> str | None:
    """GST, QST and business numbers without their suffix (123456789 RT 0001 → 123456789), in order."""
    found = _TAX_NUMBER.findall(_INSIDE_NUMBER.sub("", str(value or "")))
    return " ".join(sorted(set(found))) or None


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _phone_digits(text: str) -> str:
    digits = _NOT_DIGITS.sub("", text)
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


class Kind(Enum):
    """What sort of value a field holds: how it is read, and what of it counts in a comparison."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CODE = "code"
    DATE = "date"
    PHONE = "phone"
    POSTAL_CODE = "postal_code"
    EMAIL = "email"
    PLACE = "place"
    LICENCE = "licence"
    TAX_NUMBERS = "tax_numbers"
    FLAG = "flag"

    def read(self, value: Any) -> Value:
        """The value as it is shown and written: NFC, trimmed; nothing and blank are both None."""
        return _READERS[self](value)

    def essence(self, value: Value) -> Value:
        """What two equal values have in common."""
        if not isinstance(value, str):
            return value
        return _ESSENCES.get(self, _as_typed)(value)


def _as_typed(text: str) -> str:
    return text.translate(_TYPED)


def _licence(text: str) -> str:
    """RBQ licences are written 1234-5678-90, 1234 5678 90 and 1234567890."""
    return _NOT_POSTAL.sub("", text.upper()).removeprefix("RBQ") or text


_READERS: dict[Kind, Callable[[Any], Value]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _long_text,
    Kind.CODE: _code,
    Kind.DATE: _date,
    Kind.PHONE: _text,
    Kind.POSTAL_CODE: _text,
    Kind.EMAIL: _text,
    Kind.PLACE: _text,
    Kind.LICENCE: _text,
    Kind.TAX_NUMBERS: _tax_numbers,
    Kind.FLAG: _flag,
}

_ESSENCES: dict[Kind, Callable[[str], str]] = {
    Kind.PHONE: lambda text: _phone_digits(text) or text,
    Kind.POSTAL_CODE: lambda text: _NOT_POSTAL.sub("", text.upper()),
    Kind.EMAIL: str.casefold,
    Kind.PLACE: lambda text: fold(_as_typed(text)),
    Kind.LICENCE: _licence,
}


def cut(value: Value, length: int | None) -> Value:
    """The value as a column of that many characters stores it."""
    if isinstance(value, str) and length is not None and len(value) > length:
        return value[:length].rstrip() or None
    return value


def means_the_same(kind: Kind, first: Value, second: Value, narrower: int | None) -> bool:
    """True when both values are one, seen through the narrower of the two columns."""
    if first == second:
        return True
    if kind is Kind.FLAG:
        return bool(first) == bool(second)
    return kind.essence(cut(first, narrower)) == kind.essence(cut(second, narrower))


def fold(text: str) -> str:
    """Lower case without accents: for searching and sorting, never for storing."""
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return bare.replace("œ", "oe").replace("æ", "ae")
