"""The editable tables of Configuration: what may be saved, and what of it is kept."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.erp import maestro_tables
from maestro_procore.model.edited_values import check, laid_over
from maestro_procore.model.problems import Problem, message
from maestro_procore.model.value_maps import VALUE_MAPS, in_force

COLUMNS = {table.rows_of for table in VALUE_MAPS.values() if table.rows_of}


@pytest.mark.parametrize("column", sorted(COLUMNS))
def test_the_company_lists_the_values_of_a_table_in_that_column(column: str) -> None:
    table, _, name = column.partition(".")
    assert name in getattr(maestro_tables, table.upper()).c


def test_every_default_may_be_saved_as_it_is() -> None:
    assert check({}, {name: dict(table.defaults) for name, table in VALUE_MAPS.items()}) == []


def test_a_default_that_is_saved_again_is_not_kept() -> None:
    assert laid_over({"cost_type_families": {"labour": "LAB"}}, {"cost_type_families": {"labour": "L"}}) == {}


def test_putting_the_default_back_forgets_what_was_edited() -> None:
    held = {"units": {"HR": "hours", "M": "metre"}}
    assert laid_over(held, {"units": {"HR": None}}) == {"units": {"M": "metre"}}


def test_a_change_of_one_row_leaves_what_somebody_else_saved() -> None:
    assert laid_over({"units": {"HR": "hours"}}, {"units": {"M": "metre"}}) == {"units": {"HR": "hours", "M": "metre"}}


def test_rows_of_a_table_of_a_newer_version_stay() -> None:
    assert laid_over({"moons": {"Io": "I"}}, {"units": {"M": "metre"}})["moons"] == {"Io": "I"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"moons": {"Io": "I"}}, "CFG-20", id="no such table"),
        pytest.param({"units": "HR"}, "CFG-20", id="a table that is none"),
        pytest.param(["units"], "CFG-20", id="not tables at all"),
        pytest.param({"units": {"HR": ""}}, "CFG-21", id="empty counterpart"),
        pytest.param({"units": {"HR": 3}}, "CFG-21", id="a number"),
        pytest.param({"units": {"HR": " hours"}}, "CFG-21", id="begins with a space"),
        pytest.param({"units": {"": "hours"}}, "CFG-21", id="empty value"),
        pytest.param({"units": {"A" * 11: "hours"}}, "CFG-21", id="longer than a code of maestro*"),
        pytest.param({"units": {"HR": "h" * 256}}, "CFG-21", id="longer than a name of Procore"),
        pytest.param({"statuses.purchase-orders": {"Approved": "yes"}}, "CFG-21", id="not among the choices"),
        pytest.param({"cost_type_families": {"gold": "M"}}, "CFG-21", id="no family of maestro*"),
        pytest.param({"taxes": {"TX": "GST", "QST": "gst"}}, "CFG-22", id="two of one meaning"),
    ],
)
def test_what_cannot_be_a_counterpart_is_refused(changes: Any, code: str) -> None:
    assert [problem.code for problem in check({}, changes)] == [code]


def test_a_counterpart_that_a_saved_row_has_already_is_refused() -> None:
    found = check({"terms": {"N30": "Net 30"}}, {"terms": {"30": "Net 30"}})
    assert message(found[0], "en") == "Payment terms: 30 and N30 both mean Net 30."


def test_two_rows_may_exchange_their_counterparts() -> None:
    held = {"terms": {"N30": "Net 60", "N60": "Net 30"}}
    assert check(held, {"terms": {"N30": "Net 30", "N60": "Net 60"}}) == []


def test_a_group_may_stay_in_maestro() -> None:
    assert check({}, {"cost_types": {"901": ""}}) == []


def test_a_status_that_procore_made_itself_may_be_mapped() -> None:
    assert check({}, {"statuses.subcontracts": {"On Hold": "skip"}}) == []


def test_the_refusal_names_the_table_as_the_page_does() -> None:
    told = Problem("CFG-21", {"table": "statuses.subcontracts", "own": "Void", "value": "gone"})
    assert message(told, "en") == "Statuses of subcontracts: Void cannot mean gone."
    assert message(told, "fr") == "États des contrats de sous-traitance\u00a0: Void ne peut pas correspondre à gone."


CODES = st.text("ABC", min_size=1, max_size=2)
ROWS = st.dictionaries(CODES, st.one_of(st.none(), st.text("xyz", min_size=1, max_size=2)), max_size=4)


@given(ROWS, ROWS)
def test_the_last_word_is_in_force(first: dict[str, str | None], second: dict[str, str | None]) -> None:
    kept = laid_over(laid_over({}, {"units": first}), {"units": second})
    expected = {own: word for own, word in (first | second).items() if word is not None}
    assert in_force(kept)["units"] == expected


@given(ROWS, ROWS)
def test_saving_the_same_again_changes_nothing(held: dict[str, str | None], changes: dict[str, str | None]) -> None:
    before = laid_over({}, {"units": held})
    once = laid_over(before, {"units": changes})
    assert laid_over(once, {"units": changes}) == once
