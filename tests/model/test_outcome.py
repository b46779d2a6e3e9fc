"""What an answer means: stored as sent or not, what both sides agree on now, why a record was refused."""

import pytest

from maestro_procore.model.outcome import agreement, objections, row_problem
from maestro_procore.model.suppliers import MAP as SUPPLIERS
from tests.model.records import PREFIX, supplier, vendor

SENT = {"name": "Béton Lévesque ltée", "business_phone": "418-555-0101", "origin_id": PREFIX["suppliers"] + "V001"}


def test_an_answer_that_holds_what_was_sent_raises_nothing():
    assert objections(SUPPLIERS, SENT, vendor(id=7, origin_id=SENT["origin_id"]), "V001") == []


@pytest.mark.parametrize(
    ("stored", "field"),
    [({"name": "Autre"}, "name"), ({"business_phone": None}, "phone"), ({"origin_id": "SAGE:1"}, "origin_id")],
)
def test_each_value_stored_differently_is_told(stored, field):
    """CHK-01, F017: a green checkmark that is not true never happens."""
    (problem,) = objections(SUPPLIERS, SENT, vendor(id=7, **stored), "V001")
    assert (problem.code, problem.args["field"], problem.args["code"]) == ("CHK-01", field, "V001")


@pytest.mark.parametrize(
    "stored",
    [{"business_phone": "(418) 555-0101"}, {"fax_number": "changed by somebody else"}, {"origin_id": None}],
    ids=["typed another way", "field that was not sent", "mark not shown"],
)
def test_what_says_nothing_against_the_write_is_not_told(stored):
    assert objections(SUPPLIERS, SENT, vendor(id=7, **stored), "V001") == []


def test_both_sides_agree_on_what_they_hold_alike_and_remember_the_rest():
    mine, theirs = (
        supplier(phone="1", fax="2", mobile="3"),
        vendor(business_phone="9", fax_number="8", mobile_phone="3"),
    )
    agreed = agreement(SUPPLIERS, mine.values, theirs.values, {"phone": "0", "mobile": "old"})
    assert agreed["mobile"] == "3" and agreed["phone"] == "0" and "fax" not in agreed
    assert agreed["city"] == "Québec" and "code" not in agreed and "tax_numbers" not in agreed


def test_what_both_sides_have_emptied_is_agreed_to_be_empty():
    agreed = agreement(SUPPLIERS, supplier(fax=None).values, vendor(fax_number=None).values, {"fax": "2"})
    assert "fax" in agreed and agreed["fax"] is None


OURS = {"element": "suppliers"}
UNDER_WHAT = {"status", "shape", "fingerprint"}
"""What an answer that nobody knows carries, so that its explanation is found again (F025)."""
REFUSALS = [
    ("projects", {"id": ["not found"]}, "PRJ-17", {"code": "K"}),
    ("suppliers", {"id": "Not Found"}, "LNK-02", {"code": "K", "system": "Procore"}),
    ("suppliers", {"origin_id": ["has already been taken"]}, "LNK-05", {"text": "origin_id: has already been taken"}),
    ("suppliers", {"name": ["is too long"], "origin_id": ["has already been taken"]}, "LNK-05", None),
    ("suppliers", {"zip": ["is bad", "is old"]}, "LNK-06", {**OURS, "field": "postal_code", "text": "is bad; is old"}),
    ("suppliers", {"vendor_group": ["missing"]}, "LNK-06", {**OURS, "field": "vendor_group", "text": "missing"}),
    ("suppliers", {"base": ["company is busy"]}, "SRV-10", {"text": "company is busy"}),
    ("suppliers", {"base": ["no"], "zip": ["bad"]}, "LNK-06", None),
    ("suppliers", {}, "SRV-10", {"text": "–"}),
    ("suppliers", "database is busy", "SRV-10", {"text": "database is busy"}),
    ("suppliers", ["first", "second"], "SRV-10", {"text": "first; second"}),
    ("suppliers", None, "SRV-10", {"text": "–"}),
]  # fmt: skip


@pytest.mark.parametrize(("element", "errors", "code", "args"), REFUSALS, ids=[str(r[1]) for r in REFUSALS])
def test_f024_the_reason_of_a_refused_record_is_told(element, errors, code, args):
    """LNK-05, LNK-06, PRJ-17, F024, F025."""
    problem = row_problem(element, "K", errors)
    told = {name: value for name, value in problem.args.items() if name not in UNDER_WHAT}
    assert problem.code == code and (args is None or told == args)
    assert set(problem.args) >= UNDER_WHAT or code != "SRV-10", "nobody could explain what Procore meant"
