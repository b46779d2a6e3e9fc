"""How values are read from either side, and when two of them mean the same."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.model.values import Kind, cut, fold, means_the_same, shared

WORDS = [k for k in Kind if k not in (Kind.FLAG, Kind.MONEY, Kind.QUANTITY, Kind.PERCENT, Kind.LINES)]
"""Kinds that take any text; those of numbers are test_numbers.py."""

READ = [
    (Kind.TEXT, "  Béton   Lévesque ", "Béton Lévesque"),
    (Kind.TEXT, "Béton\u00a0Lévesque\u202f", "Béton Lévesque"),
    (Kind.TEXT, "E\u0301cole", "École"),
    (Kind.TEXT, "   ", None),
    (Kind.TEXT, "", None),
    (Kind.TEXT, None, None),
    (Kind.TEXT, Decimal("10.00"), "10.00"),
    (Kind.TEXT, 0, "0"),
    (Kind.LONG_TEXT, "one\r\ntwo \rthree\n", "one\ntwo\nthree"),
    (Kind.LONG_TEXT, "  \r\n ", None),
    (Kind.CODE, " qc ", "QC"),
    (Kind.CODE, " ", None),
    (Kind.DATE, date(2026, 1, 5), "2026-01-05"),
    (Kind.DATE, datetime(2026, 1, 5, 23, 59, tzinfo=UTC), "2026-01-05"),
    (Kind.DATE, "2026-01-05T04:00:00Z", "2026-01-05"),
    (Kind.FLAG, 0, False),
    (Kind.FLAG, 1, True),
    (Kind.FLAG, None, None),
    (Kind.TAX_NUMBERS, "123456789 RT0001; 1234567890TQ0001", "123456789 1234567890"),
    (Kind.TAX_NUMBERS, "123 456 789 RT 0001", "123456789"),
    (Kind.TAX_NUMBERS, "; ", None),
    (Kind.TAX_NUMBERS, "12345678901234", None),
]


@pytest.mark.parametrize(("kind", "given_value", "read"), READ)
def test_values_are_read_as_they_are_shown(kind, given_value, read):
    assert kind.read(given_value) == read


SAME = [
    (Kind.PHONE, "514-555-0101", "(514) 555.0101", True),
    (Kind.PHONE, "514-555-0101", "1 514 555 0101", True),
    (Kind.PHONE, "514-555-0101", "514-555-0102", False),
    (Kind.PHONE, "514-555-0101", "514-555-0101 p. 4", False),
    (Kind.PHONE, "sans numéro", "aucun", False),
    (Kind.POSTAL_CODE, "G1K 3X2", "g1k-3x2", True),
    (Kind.POSTAL_CODE, "G1K 3X2", "G1K 3X3", False),
    (Kind.EMAIL, "A@B.example", "a@b.example", True),
    (Kind.TEXT, "L’Heureux", "L'Heureux", True),
    (Kind.TEXT, "phase 1 – nord", "phase 1 - nord", True),
    (Kind.TEXT, "Béton", "béton", False),
    (Kind.TEXT, "Béton", "Beton", False),
    (Kind.PLACE, "Montréal", "MONTREAL", True),
    (Kind.PLACE, "Montréal", "Montmagny", False),
    (Kind.LICENCE, "1234-5678-90", "12345678 90", True),
    (Kind.LICENCE, "1234-5678-90", "R.B.Q. 1234-5678-90", True),
    (Kind.LICENCE, "1234-5678-90", "1234-5678-91", False),
    (Kind.FLAG, None, False, True),
    (Kind.FLAG, True, None, False),
    (Kind.TEXT, None, "x", False),
]


@pytest.mark.parametrize(("kind", "first", "second", "same"), SAME)
def test_punctuation_that_says_nothing_is_no_difference(kind, first, second, same):
    assert means_the_same(kind, first, second, None) is same
    assert means_the_same(kind, second, first, None) is same


@pytest.mark.parametrize(
    ("first", "second", "length", "same"),
    [
        ("x" * 40, "x" * 100, 40, True),
        ("x" * 39 + " y", "x" * 39, 40, True),
        ("x" * 39 + "y", "x" * 40, 40, False),
        ("x" * 100, "x" * 100 + "y", None, False),
        (None, "x" * 100, 40, False),
    ],
)
def test_values_are_compared_as_the_narrower_side_stores_them(first, second, length, same):
    assert means_the_same(Kind.TEXT, first, second, length) is same


TEXTS = st.one_of(st.none(), st.text(max_size=60))


@given(st.sampled_from(WORDS), TEXTS)
def test_reading_twice_changes_nothing(kind, value):
    once = kind.read(value)
    assert kind.read(once) == once and means_the_same(kind, once, once, None)


@given(st.sampled_from(WORDS), TEXTS, TEXTS, st.sampled_from([None, 3, 40]))
def test_to_mean_the_same_is_mutual(kind, first, second, length):
    a, b = kind.read(first), kind.read(second)
    assert means_the_same(kind, a, b, length) == means_the_same(kind, b, a, length)


@given(TEXTS, st.integers(1, 20))
def test_a_cut_value_fits_and_is_not_cut_again(value, length):
    once = cut(Kind.TEXT.read(value), length)
    assert once is None or (len(once) <= length and cut(once, length) == once)
    assert means_the_same(Kind.TEXT, Kind.TEXT.read(value), once, length)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Évain", "evain"),
        ("Œuvre", "oeuvre"),
        ("ÇA", "ca"),
        ("Haÿ", "hay"),
        ("ABC-1", "abc-1"),
        ("E\u0301", "e"),
        ("", ""),
    ],
)
def test_folding_drops_case_and_accents(text, folded):
    assert fold(text) == folded


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing_for_words_people_write(text):
    latin = "".join(c for c in text if ord(c) < 0x250)
    assert fold(fold(latin)) == fold(latin)


def test_equal_texts_of_many_rows_are_one_object():
    texts: dict[str, str] = {}
    names = ("code", "unit", "amount")
    rows = [shared(texts, names, ("".join(["26", "001"]), "".join(["h", "r"]), Decimal("1.50"))) for _ in range(2)]
    assert rows == [{"code": "26001", "unit": "hr", "amount": Decimal("1.50")}] * 2
    assert rows[0]["code"] is rows[1]["code"] and rows[0]["unit"] is rows[1]["unit"]


def test_amounts_of_different_scale_stay_as_they_are():
    texts: dict[str, str] = {}
    first, second = (shared(texts, ("amount",), (Decimal(amount),)) for amount in ("1.0", "1.00"))
    assert (str(first["amount"]), str(second["amount"])) == ("1.0", "1.00")
