"""Amounts as people type them, in both languages."""

from decimal import Decimal

import pytest

from maestro_procore.model.typed_numbers import typed_number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("12345.67", "12345.67"), ("12,345.67", "12345.67"), ("12 345,67 $", "12345.67"), ("$1,234", "1234"),
        ("1,5", "1.5"), ("1,23", "1.23"), ("1,234", "1234"), ("-25.50", "-25.50"), ("−25,50", "-25.50"), ("0", "0"),
        ("12\u00a0345,67\u00a0$", "12345.67"), ("1,234,567.8", "1234567.8"),
    ],
)  # fmt: skip
def test_what_people_type_is_read_in_either_language(words: str, number: str):
    assert typed_number(words) == Decimal(number)


@pytest.mark.parametrize("words", ["", " ", "abc", "1.2.3", "12,34,5", "NaN", "1e5", "--1", "1.234,56", "Infinity"])
def test_what_could_mean_two_things_or_nothing_is_not_guessed(words: str):
    assert typed_number(words) is None
