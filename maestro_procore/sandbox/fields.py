"""Check and clean the fields a client writes, by the types and value lists of the document.

Lenient where real servers are known to be: "12" for a whole number, "12.50" for an amount.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import ApiDocument, Schema, is_placeholder

# Texts that people write at length: the limit of short texts is not theirs.
LONG_TEXTS = frozenset({"description", "notes", "public_notes", "origin_data", "detail", "address_freeform"})

CENT = Decimal("0.01")
# Decimal numbers that are no amounts: their places are more than two.
RATES = frozenset({"quantity", "unit_cost", "unit_price", "currency_exchange_rate"})


class FieldWrong(Exception):
    """The value breaks the field's rule; the text is the reason a server would give."""


@dataclass(frozen=True)
class FieldRule:
    """What one body field accepts. kind: a JSON schema type, or "date", or "any"."""

    name: str
    kind: str
    choices: tuple[Any, ...] = ()
    item: "FieldRule | None" = None


@dataclass(frozen=True)
class FieldRules:
    """The fields one body object may hold, and those it must."""

    by_name: Mapping[str, FieldRule]
    required: tuple[str, ...]
    custom_fields: bool

    def clean(self, written: Mapping[str, Any], short_text_limit: int) -> tuple[dict[str, Any], list[str], Errors]:
        """Returns the cleaned values, the names the document does not know, and what is wrong per field."""
        values: dict[str, Any] = {}
        unknown: list[str] = []
        errors: Errors = {}
        for name, value in written.items():
            rule = self.by_name.get(name)
            if rule is None:
                if not (self.custom_fields and name.startswith("custom_field_")):
                    unknown.append(name)
                continue
            try:
                values[name] = clean(rule, value, short_text_limit)
            except FieldWrong as wrong:
                errors[name] = [str(wrong)]
        return values, unknown, errors


def rules_of(document: ApiDocument, schema: Schema) -> FieldRules:
    """The rules of an object schema of a request body."""
    properties = document.properties(schema)
    return FieldRules(
        by_name={name: _rule(document, name, found) for name, found in properties.items()},
        required=tuple(schema.get("required", ())),
        custom_fields=any(is_placeholder(name) for name in schema.get("properties", {})),
    )


def _rule(document: ApiDocument, name: str, schema: Schema) -> FieldRule:
    kind = schema.get("type", "any")
    if kind == "string" and schema.get("format") == "date":
        kind = "date"
    choices = tuple(choice for choice in schema.get("enum", ()) if choice != "null")
    item = _rule(document, name, document.resolve(schema["items"])) if "items" in schema else None
    return FieldRule(name, kind, choices, item)


def clean(rule: FieldRule, value: Any, short_text_limit: int) -> Any:
    """The value as it is kept. Errors: FieldWrong."""
    if value is None:
        return None
    cleaner = _CLEANERS.get(rule.kind)
    if cleaner is not None:
        value = cleaner(value)
    elif rule.kind == "array":
        if not isinstance(value, list):
            raise FieldWrong("must be a list")
        return [clean(rule.item, one, short_text_limit) for one in value] if rule.item else value
    if rule.choices and value not in rule.choices:
        if value == "":
            return None
        raise FieldWrong("is not included in the list")
    if rule.kind == "string" and 0 < short_text_limit < len(value) and rule.name not in LONG_TEXTS:
        raise FieldWrong(f"is too long (maximum is {short_text_limit} characters)")
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        raise FieldWrong("must be a string")
    return str(value)


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    raise FieldWrong("must be an integer")


def _number(value: Any) -> float | int | str:
    """A number, or a decimal text, which keeps its cents exactly."""
    if isinstance(value, bool):
        raise FieldWrong("is not a number")
    if isinstance(value, int | float):
        return value
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise FieldWrong("is not a number") from None
    if not number.is_finite():
        raise FieldWrong("is not a number")
    return str(value)


def _boolean(value: Any) -> bool:
    words = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise FieldWrong("must be true or false")


def _date(value: Any) -> str | None:
    if value == "":
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except (TypeError, ValueError):
        raise FieldWrong("is not a valid date") from None


def _object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise FieldWrong("must be an object")
    return value


_CLEANERS = {
    "string": _text,
    "integer": _whole,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "object": _object,
}


def money_text(value: Any) -> str | None:
    """An amount as v1 answers carry it: a decimal text with two places, halves rounded away from zero."""
    return None if value in (None, "") else str(cents(value))


def cents(value: Any) -> Decimal:
    """An amount with two places, exact; nothing counts as zero."""
    return Decimal(str(value or 0)).quantize(CENT, ROUND_HALF_UP)


def decimal_text(value: Any) -> str | None:
    """A quantity or unit cost: its places are kept, `12` reads `12.0`."""
    if value in (None, ""):
        return None
    text = f"{Decimal(str(value)):f}"
    return text if "." in text else f"{text}.0"
