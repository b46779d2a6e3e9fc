"""Values: how a field is read from either side, and when two of them mean the same.

Two texts that differ only in what one side cannot store, or in punctuation that carries no
meaning (a phone number's dashes), are the same value: writing one over the other would be noise.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

Value = str | bool | None


def shared(texts: dict[str, str], names: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    """Name → value of one of many rows; texts that are equal are one object in all of them.

    texts: empty for the first row. Codes, units and names stand in thousands of rows, and a database gives each of
    them as an object of its own: of a project with ten thousand lines that was an eighth of what a plan is made of.
    """
    return {
        name: texts.setdefault(value, value) if value.__class__ is str else value
        for name, value in zip(names, values, strict=True)
    }


_SPACES = re.compile(r"[ \t\u00a0\u202f]+")
_NOT_DIGITS = re.compile(r"\D")
_NOT_POSTAL = re.compile(r"[^A-Z0-9]")
_LINE_END = re.compile(r"[ \t\u00a0]*(?:\r\n|\r|\n)")
_TAX_NUMBER = re.compile(r"(?<!\d)\d{9,10}(?!\d)")
_SHORTEST_TAX_NUMBER = 9
_INSIDE_NUMBER = re.compile(r"(?<=\d)[ -](?=\d)")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
# Word processors replace what people type; neither form says anything the other does not.
_TYPED = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "‑": "-", "–": "-", "—": "-"})


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        if _is_plain(value):
            return value.strip() or None
    elif value is None:
        return None
    elif isinstance(value, datetime | date):
        return value.isoformat()[:10]
    elif isinstance(value, Decimal):
        return str(value)
    cleaned = _SPACES.sub(" ", unicodedata.normalize("NFC", str(value))).strip()
    return cleaned or None


def _is_plain(text: str) -> bool:
    """Nearly every value: nothing to compose and nothing to join."""
    if "  " in text or "\t" in text:
        return False
    return text.isascii() or (unicodedata.is_normalized("NFC", text) and "\u00a0" not in text and "\u202f" not in text)


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
    text = str(value or "")
    if len(text) < _SHORTEST_TAX_NUMBER:
        return None
    found = _TAX_NUMBER.findall(_INSIDE_NUMBER.sub("", text))
    return " ".join(sorted(set(found))) or None


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


CENTS = Decimal("0.01")
_PLACES = Decimal("0.000001")
_MOST = Decimal("1e13")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")


def exact_number(value: Any) -> Decimal | None:
    """A number as either side sends it: digits with a point; nothing is guessed about separators or signs.

    None for nothing and blank. Errors: ValueError for anything else (NaN, thousands separators, exponents, words).
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        raise ValueError(f"not a number: {value!r}")
    if isinstance(value, Decimal | float):
        try:
            # A float of JSON is the shortest text that gives it back, which is what the sender wrote.
            value = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
        except (InvalidOperation, ValueError) as error:
            raise ValueError(f"not a number: {value!r}") from error
    word = str(value).strip()
    if not _NUMBER.fullmatch(word):
        raise ValueError(f"not a number: {value!r}")
    number = Decimal(word)
    if abs(number) >= _MOST:
        raise ValueError(f"too large: {value!r}")
    return number


def _money(value: Any) -> str | None:
    """Canonical text with two decimals: "-1234.50". Errors: ValueError for more than two, or for no number."""
    number = exact_number(value)
    if number is None:
        return None
    rounded = number.quantize(CENTS)
    if rounded != number:
        raise ValueError(f"more than two decimals: {value!r}")
    return format(rounded or abs(rounded), "f")  # never "-0.00"


def _quantity(value: Any) -> str | None:
    """Canonical text without trailing zeros, six decimals at most: "12.5"."""
    number = exact_number(value)
    if number is None:
        return None
    rounded = number.quantize(_PLACES)
    if rounded != number:
        raise ValueError(f"more than six decimals: {value!r}")
    word = format(rounded, "f").rstrip("0").rstrip(".")
    return "0" if word in ("", "-0") else word


def _lines(value: Any) -> str | None:
    """The lines of a document as canonical JSON: a list of objects with sorted keys, empty values left out."""
    if value is None:
        return None
    rows = json.loads(value) if isinstance(value, str) else value
    if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError("lines are a list of objects")
    slim = [{k: v for k, v in row.items() if v is not None} for row in rows]
    return json.dumps(slim, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if slim else None


def lines_of(value: "Value") -> list[dict[str, Any]]:
    """The rows of a value of kind LINES."""
    return list(json.loads(value)) if isinstance(value, str) else []


def money(value: "Value") -> Decimal:
    """The amount of a value of kind MONEY; 0 for nothing."""
    return Decimal(value) if isinstance(value, str) else Decimal(0)


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
    MONEY = "money"
    """Canonical text with two decimals, before tax, in the record's own currency."""
    QUANTITY = "quantity"
    PERCENT = "percent"
    LINES = "lines"
    """The lines of a document, compared as one value: canonical JSON text of `lines_of`."""

    __hash__ = object.__hash__  # of Enum's own, written in Python, a run over many records makes millions of calls

    @property
    def reader(self) -> Callable[[Any], Value]:
        """`read` without the look-up, for those who read many values. None is read as None by every kind."""
        return _READERS[self]

    def read(self, value: Any) -> Value:
        """The value as it is shown and written: NFC, trimmed; nothing and blank are both None.

        Errors: ValueError when a number, percentage or list of lines is none.
        """
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
    Kind.MONEY: _money,
    Kind.QUANTITY: _quantity,
    Kind.PERCENT: _quantity,
    Kind.LINES: _lines,
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
