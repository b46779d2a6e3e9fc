"""Amounts, quantities and lines: exact, canonical, and nothing guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.model.values import Kind, lines_of, means_the_same, money

CANONICAL = [
    (Kind.MONEY, "1234.5", "1234.50"),
    (Kind.MONEY, 0.1, "0.10"),
    (Kind.MONEY, 1e6, "1000000.00"),
    (Kind.MONEY, Decimal("1E+3"), "1000.00"),
    (Kind.MONEY, "-0.00", "0.00"),
    (Kind.MONEY, -12, "-12.00"),
    (Kind.MONEY, "+5", "5.00"),
    (Kind.MONEY, "1.230000", "1.23"),
    (Kind.MONEY, "  ", None),
    (Kind.MONEY, None, None),
    (Kind.QUANTITY, "12.500000", "12.5"),
    (Kind.QUANTITY, "-0.0", "0"),
    (Kind.QUANTITY, 3, "3"),
    (Kind.PERCENT, "10.00", "10"),
    (Kind.PERCENT, 7.5, "7.5"),
    (Kind.LINES, [], None),
    (Kind.LINES, [{"b": "2", "a": None}, {}], '[{"b":"2"},{}]'),
]


@pytest.mark.parametrize(("kind", "value", "canonical"), CANONICAL)
def test_a_number_has_one_form_whatever_way_it_came(kind, value, canonical):
    assert kind.read(value) == canonical
    assert kind.read(canonical) == canonical


@pytest.mark.parametrize("value", ["1,234.50", "1 234,50", "12.345", "1e3", "NaN", "Infinity", "$5", "5-", True, "٣"])
def test_what_is_no_amount_to_the_cent_is_refused_not_guessed(value):
    with pytest.raises(ValueError, match=r"number|decimals"):
        Kind.MONEY.read(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), "1" * 20])
def test_numbers_beyond_every_ledger_are_refused(value):
    with pytest.raises(ValueError, match=r"number|large"):
        Kind.MONEY.read(value)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_every_amount_to_the_cent_comes_back_as_it_was(amount):
    read = Kind.MONEY.read(amount)
    assert money(read) == amount
    assert Kind.MONEY.read(float(amount)) == read or abs(amount) > 10**9  # beyond, a float has no cents any more
    assert means_the_same(Kind.MONEY, read, Kind.MONEY.read(str(amount)), None)


def test_lines_mean_the_same_whatever_the_order_of_their_columns():
    first = Kind.LINES.read([{"amount": "1.00", "code": "é"}])
    assert first == Kind.LINES.read([{"code": "é", "amount": "1.00"}])
    assert lines_of(first) == [{"amount": "1.00", "code": "é"}] and lines_of(None) == []
    with pytest.raises(ValueError, match="lines"):
        Kind.LINES.read({"amount": "1.00"})
