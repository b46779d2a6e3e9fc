"""The month as data: complete, in order, and with amounts that an accountant would get."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from maestro_procore import i18n
from maestro_procore.erp.maestro_tables import table_of
from maestro_procore.erp.row_rules import checked
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.problems import CATALOGUE, Kind
from maestro_procore.sandbox.catalogue import RESOURCES
from maestro_procore.sandbox.month import month
from maestro_procore.sandbox.month_steps import TOPICS, Act, Day, Outcome, Ref, Step
from tests.doors.training.whole_company import rounded

DAYS = pytest.mark.parametrize("day", month(), ids=lambda day: f"day {day.number}")
COLLECTIONS = {resource.name for resource in RESOURCES}


def _steps() -> list[Step]:
    return [step for day in month() for step in day.steps]


def test_everything_that_a_month_must_hold_happens_in_it() -> None:
    assert {topic for day in month() for topic in day.topics} == set(TOPICS)


def test_the_days_are_weekdays_in_their_order() -> None:
    assert [day.number for day in month()] == list(range(1, 26))
    assert all(early.falls_on < late.falls_on for early, late in pairwise(month()))
    assert all(day.falls_on.weekday() < 5 for day in month())


def test_two_weeks_are_a_holiday_without_any_change() -> None:
    quiet = [day for day in month() if day.is_quiet]
    assert len(quiet) == 10
    assert (quiet[-1].falls_on - quiet[0].falls_on).days == 11
    assert all(not day.steps and not day.expected for day in quiet)
    assert all(day.steps for day in month() if not day.is_quiet)


def test_the_certificate_is_drawn_up_at_the_end_for_the_whole_month() -> None:
    [last] = [day for day in month() if day.cutoff is not None]
    assert last is month()[-1]
    assert last.cutoff is not None
    assert last.cutoff < last.falls_on


def test_one_day_lets_two_accountants_click_at_once() -> None:
    [day] = [day for day in month() if day.clicks > 1]
    assert day.clicks == 2
    assert day.expected


@DAYS
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_day_has_its_sentence(day: Day, language: i18n.Language) -> None:
    key = "training.month.end" if day.cutoff else "training.month.holiday" if day.is_quiet else None
    assert i18n.text_in(language, key or f"training.month.day.{day.number}").endswith(".")


@DAYS
def test_steps_name_tables_columns_and_collections_that_exist(day: Day) -> None:
    for step in day.steps:
        assert step.is_in_maestro or step.place in COLLECTIONS, step.place
        if step.is_in_maestro:
            columns = set(table_of(step.place).columns.keys())
            assert {*step.match, *step.values} <= columns, step
        for ref in _refs({**step.match, **step.values}):
            known = set(table_of(ref.place).columns.keys()) if ref.place.startswith("m_") else None
            assert known is None or {*ref.match, ref.column} <= known, ref
            assert known is not None or ref.place in COLLECTIONS, ref


def _refs(values: Any) -> list[Ref]:
    own = [value for value in values.values() if isinstance(value, Ref)]
    return own + [inner for ref in own for inner in _refs(ref.match)]


def test_what_is_typed_into_maestro_fits_its_columns() -> None:
    for step in _steps():
        if step.is_in_maestro:
            plain = {k: v for k, v in {**step.match, **step.values}.items() if not isinstance(v, Ref)}
            checked(table_of(step.place), plain, is_new=False)


def test_no_step_writes_ids_or_housekeeping() -> None:
    """A record is found by what people call it, so that the month can be played after any run."""
    forbidden = {"id", "rowver", "changed_at", "origin_id", "origin_data", "trans_id", "co_id", "order_id"}
    for step in _steps():
        given = {k for k, v in {**step.match, **step.values}.items() if v is not None and not isinstance(v, Ref)}
        assert not given & forbidden, step


@DAYS
def test_expectations_name_elements_and_codes_of_the_right_family(day: Day) -> None:
    families = {"costs": "CST", "purchase-orders": "PO SUP SC", "subcontracts": "PO SC", "change-orders": "CO",
                "budgets": "BUD", "suppliers": "SUP PRJ LNK", "projects": "PRJ"}  # fmt: skip
    for each in day.expected:
        assert each.element in ELEMENTS
        assert each.record
        assert not each.code or each.code.partition("-")[0] in families[each.element].split(), each


def test_an_expected_outcome_is_of_the_kind_of_its_message() -> None:
    kinds = {Outcome.REFUSED: Kind.ERROR, Outcome.WARNED: Kind.WARNING, Outcome.UNCHANGED: Kind.INFORMATION}
    told = [each for day in month() for each in day.expected if each.code in CATALOGUE]
    assert {"PRJ-01", "PRJ-09", "SUP-02", "LNK-02"} <= {each.code for each in told}
    assert [each for each in told if CATALOGUE[each.code].kind is not kinds[each.outcome]] == []


# --- amounts ----------------------------------------------------------------------------------------


def _documents() -> dict[tuple[str, str], tuple[Step, list[Step]]]:
    """Number and description → the header and its lines."""
    headers = {_name(step.match): step for step in _steps() if step.place == "m_transaction" and step.act is Act.ENTER}
    lines: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for step in _steps():
        if step.place == "m_transaction_line" and step.act is Act.ENTER:
            lines[_name(step.match["trans_id"].match)].append(step)
    return {name: (header, lines[name]) for name, header in headers.items()}


def _name(match: Any) -> tuple[str, str]:
    return match["document_no"], match["description"]


def _sum(lines: list[Step], column: str) -> Decimal:
    return sum((Decimal(step.values[column]) for step in lines), Decimal(0))


def test_taxes_are_taken_each_on_the_price_and_rounded_separately() -> None:
    """GST 5 % and QST 9.975 %, per invoice; wages and journals carry none."""
    seen = 0
    for header, lines in _documents().values():
        price = _sum(lines, "amount")
        is_taxed = header.match["module"] == "AP"
        taxes = rounded(price * Decimal("0.05")) + rounded(price * Decimal("0.09975")) if is_taxed else Decimal(0)
        assert _sum(lines, "tax_amount") == taxes, header.match
        seen += is_taxed and bool(lines)
    assert seen > 10


def test_a_holdback_is_ten_percent_of_the_price_and_is_released_whole() -> None:
    held = {h.match["document_no"]: (Decimal(h.values["holdback_amt"]), _sum(ls, "amount"))
            for h, ls in _documents().values() if Decimal(h.values["holdback_amt"])}  # fmt: skip
    assert held["F-3307"] == (Decimal("1240.00"), Decimal("12400.00"))
    assert held["R-3307"] == (-held["F-3307"][0], 0)
    assert held["F-5521"] == (rounded(held["F-5521"][1] / 10), Decimal("8229.50"))


def test_quantity_times_price_is_the_amount_to_the_cent() -> None:
    priced = [step for step in _steps() if step.values.get("unit_cost") and step.values.get("quantity")]
    assert len(priced) > 10
    on_the_half = 0
    for step in priced:
        exact = Decimal(step.values["quantity"]) * Decimal(step.values["unit_cost"])
        assert rounded(exact) == Decimal(step.values["amount"]), step
        on_the_half += (exact * 1000) % 10 == 5 and exact * 1000 == int(exact * 1000)
    assert on_the_half >= 2


def test_what_is_reversed_is_reversed_to_the_cent() -> None:
    documents = _documents()
    reversals = [(h, ls) for h, ls in documents.values() if h.values["reverses_trans_id"] is not None]
    assert len(reversals) == 2
    for header, lines in reversals:
        original = documents[_name(header.values["reverses_trans_id"].match)][1]
        for column in ("amount", "tax_amount"):
            assert _sum(lines, column) == -_sum(original, column)
        codes = [[(s.values["project_code"], s.values["activity_code"], s.values["group_code"]) for s in ls]
                 for ls in (lines, original)]  # fmt: skip
        assert codes[0] == codes[1]


def test_the_change_order_after_the_edit_is_the_difference_that_was_wanted() -> None:
    """The subcontract's line is put back, and its wish comes by change order instead: no cent more or less."""
    edits = [step.values["amount"] for step in _steps()
             if step.place == "work_order_contract_line_items" and step.act is Act.CHANGE]  # fmt: skip
    [wanted, back] = [Decimal(amount) for amount in edits]
    [change] = [step for step in _steps() if step.values.get("description") == "Formwork, dock wall"]
    assert wanted - back == Decimal(change.values["amount"]) == Decimal("1705.04")
