"""Addresses, bodies and answers of the catalogue's rows, and calls that are given up because they would go too late."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import orjson
import pytest

from maestro_procore.i18n import has_text
from maestro_procore.ports import CallFailed, TooLate, Trouble
from maestro_procore.procore.catalogue import RESOURCES, resource
from maestro_procore.procore.resources import page_address
from tests.doors.procore.fake_procore import NOON, FakeProcore, Tried, json_answer, raw_answer

HERE = {"project_id": "12"}


def test_each_row_says_what_its_caller_must_name():
    assert resource("projects").place == frozenset()
    assert resource("budget-rows").place == {"project_id", "budget_view_id"}
    assert resource("segment-items").place == {"project_id", "segment_id"}
    assert resource("potential-change-orders").place == {"project_id", "contract_id"}
    named = {"project_id", "segment_id", "budget_view_id", "contract_id"}
    assert all(row.place <= named for row in RESOURCES.values())


def test_single_routes_write_the_records_of_their_row():
    singles = {row.name: resource(row.single) for row in RESOURCES.values() if row.single}
    assert {name: row.write.most for name, row in singles.items() if row.write} == {
        "purchase-orders": 1,
        "subcontracts": 1,
    }


@pytest.mark.parametrize("place", [{}, {"project_id": ""}, {"project_id": "1/../2"}, {"project_id": "١"}])
def test_nothing_but_a_number_stands_in_an_address(place):
    with pytest.raises(ValueError, match="project_id"):
        page_address(resource("direct-costs"), {"company_id": 7, **place}, 1, None, NOON)


async def test_a_place_of_another_company_is_a_mistake_of_the_caller():
    tried = Tried(FakeProcore())
    with pytest.raises(ValueError, match="another company"):
        await tried.client.read_page("vendors", 1, None, {"company_id": "78"})
    assert tried.server.seen == []


async def test_a_list_of_a_project_is_asked_where_it_lies():
    tried = Tried(FakeProcore(json_answer([]), json_answer([])))
    await tried.client.read_page("direct-costs", 1, NOON, HERE)
    await tried.client.read_page("purchase-orders", 1, NOON, HERE)
    first, second = tried.server.calls
    assert first.url.path == "/rest/v1.0/projects/12/direct_costs"
    assert "filters[updated_at]" in first.url.params
    assert (second.url.params["project_id"], second.url.params["filters[include_deleted]"]) == ("12", "with")


async def test_what_has_no_list_or_no_show_or_no_write_is_not_asked_for():
    tried = Tried(FakeProcore())
    with pytest.raises(ValueError, match="no list"):
        await tried.client.read_page("budget-lines", 1, None, HERE)
    with pytest.raises(ValueError, match="no single records"):
        await tried.client.read_one("vendors", 5)
    with pytest.raises(ValueError, match="only read"):
        await tried.client.synchronize("units", [{"name": "x"}])
    assert tried.server.seen == []


async def test_one_record_is_the_only_row_of_its_page():
    tried = Tried(FakeProcore(json_answer({"id": 5, "line_items": []})))
    page = await tried.client.read_one("purchase-orders", 5, HERE)
    assert (page.rows, page.total, page.has_next, page.server_time) == (
        [{"id": 5, "line_items": []}],
        None,
        False,
        NOON,
    )
    assert str(tried.server.calls[0].url).endswith("/rest/v1.0/purchase_order_contracts/5?project_id=12")


async def test_numbers_of_v2_become_numbers_and_marks_stay_text():
    record = {"id": "5", "vendor_id": "7", "origin_id": "9", "number": "0012", "lines": [{"wbs_code_id": "3"}]}
    tried = Tried(FakeProcore(json_answer({"data": [record]}), json_answer({"data": record})))
    [listed] = (await tried.client.read_page("commitments-v2", 1, None, HERE)).rows
    [shown] = (await tried.client.read_one("commitments-v2", 5, HERE)).rows
    assert listed == shown
    assert shown == {"id": 5, "vendor_id": 7, "origin_id": "9", "number": "0012", "lines": [{"wbs_code_id": 3}]}
    assert tried.server.calls[0].url.params["per_page"] == "100"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("commitments-v2", [{"id": "5"}]),
        ("commitments-v2", {"entries": []}),
        ("commitments-v2", {"data": None}),
        ("vendors", {"data": []}),
        ("budget-lock", [{"locked": True}]),
        ("budget-changes", {"data": {}}),
    ],
)
async def test_another_wrapping_than_the_documented_one_is_never_an_empty_list(name, content):
    tried = Tried(FakeProcore(json_answer(content)))
    with pytest.raises(CallFailed) as caught:
        await tried.client.read_page(name, 1, None, HERE)
    assert caught.value.problem.code == "SRV-16"


async def test_a_single_write_takes_its_number_into_the_address():
    tried = Tried(FakeProcore(json_answer({"id": 5, "origin_id": "M"})))
    answer = await tried.client.synchronize("purchase-orders-single", [{"id": 5, "origin_id": "M"}], HERE)
    sent = tried.server.calls[0]
    assert (sent.method, sent.url.path) == ("PATCH", "/rest/v1.0/purchase_order_contracts/5")
    assert orjson.loads(sent.content) == {"project_id": 12, "purchase_order_contract": {"origin_id": "M"}}
    assert (answer.entities, answer.errors) == ([{"id": 5, "origin_id": "M"}], [])
    with pytest.raises(ValueError, match="no id"):
        await tried.client.synchronize("purchase-orders-single", [{"origin_id": "M"}], HERE)


async def test_a_bare_array_says_that_every_record_was_taken():
    tried = Tried(FakeProcore(json_answer([{"id": 1}, {"id": 1}])))
    answer = await tried.client.synchronize("budget-lines", [{"wbs_code_id": 3}, {"wbs_code_id": 4}], HERE)
    assert (answer.entities, answer.errors) == ([{"id": 1}, {"id": 1}], [])
    body = orjson.loads(tried.server.calls[0].content)
    assert body == {"project_id": 12, "budget_line_items": [{"wbs_code_id": 3}, {"wbs_code_id": 4}]}


REFUSALS = [
    pytest.param(403, {"message": "You lack sufficient permissions"}, "SRV-08", "project", id="no right"),
    pytest.param(403, {"message": "the budgeting tool is not active in this project"}, "SRV-09", "project", id="off"),
    pytest.param(403, {"message": "not permitted to access this project"}, "PRJ-19", "code", id="not permitted"),
    pytest.param(404, {"message": "Resource not found"}, "PRJ-19", "code", id="hidden"),
]


@pytest.mark.parametrize(("status", "body", "code", "named"), REFUSALS)
@pytest.mark.parametrize("more", [{}, {"project": "26-014"}])
async def test_a_project_that_may_not_be_used_is_named_as_people_call_it(status, body, code, named, more):
    tried = Tried(FakeProcore(json_answer(body, status)))
    with pytest.raises(CallFailed) as caught:
        await tried.client.read_page("direct-costs", 1, None, HERE | more)
    assert (caught.value.trouble, caught.value.problem.code) == (Trouble.REFUSED, code)
    assert caught.value.problem.args[named] == more.get("project", "12")


async def test_a_record_that_is_gone_says_nothing_about_its_project():
    tried = Tried(FakeProcore(script=lambda request: json_answer({"message": "Not Found"}, 404)))
    for call in (
        lambda: tried.client.read_one("purchase-orders", 5, HERE),
        lambda: tried.client.synchronize("purchase-orders-single", [{"id": 5}], HERE),
    ):
        with pytest.raises(CallFailed) as caught:
            await call()
        assert caught.value.problem.code == "SRV-25"


@pytest.mark.parametrize("status", [201, 207])
async def test_a_mixed_result_is_read_record_by_record_whatever_its_status(status):
    """bulk_create answers 201 and is documented without 207, which other bulk calls have (procore-api.md §§4, 6.4)."""
    refused = {"description": "x", "errors": {"segment_id": ["is invalid"]}}
    tried = Tried(FakeProcore(json_answer({"entities": [{"id": 2}, {"id": 1}], "errors": [refused]}, status)))
    answer = await tried.client.synchronize("budget-codes", [{"segment_items": []}] * 3, HERE)
    assert ([row["id"] for row in answer.entities], answer.errors) == ([2, 1], [refused])
    assert list(orjson.loads(tried.server.calls[0].content)) == ["bulk"]


async def test_a_call_that_would_go_too_late_is_not_sent():
    tried = Tried(FakeProcore(json_answer({"entities": [], "errors": []})))
    tried.gate.late = 0
    with pytest.raises(TooLate):
        await tried.client.synchronize("vendors", [{"name": "x"}], not_after=NOON)
    assert (tried.server.calls, tried.gate.left) == ([], [])


async def test_its_repetition_after_a_429_or_a_new_token_is_too_late_as_well():
    for status in (429, 401):
        tried = Tried(FakeProcore(json_answer({"message": "no"}, status)))
        tried.gate.late = 1
        with pytest.raises(TooLate):
            await tried.client.synchronize("vendors", [{"name": "x"}], not_after=NOON + timedelta(minutes=1))
        assert (len(tried.server.calls), tried.gate.left) == (1, [status])
        assert tried.gate.latest == [NOON + timedelta(minutes=1)]


ODD_NUMBERS = [
    pytest.param(b'[{"id": 1, "amount": NaN}]', id="NaN"),
    pytest.param(b'[{"id": 1, "amount": -Infinity}]', id="Infinity"),
]


@pytest.mark.parametrize("body", ODD_NUMBERS)
async def test_an_amount_that_is_no_number_is_a_wrong_form_and_no_cut_answer(body):
    tried = Tried(FakeProcore(raw_answer(body, 200, {"content-type": "application/json"})))
    with pytest.raises(CallFailed) as caught:
        await tried.client.read_page("direct-costs", 1, None, HERE)
    assert (caught.value.trouble, caught.value.problem.code) == (Trouble.AGAIN, "SRV-16")
    assert body.decode()[:20] in caught.value.problem.args["text"]


async def test_three_decimals_and_records_that_come_twice_are_passed_on_as_they_came():
    body = b'{"entities": [{"id": 1, "amount": 10.005}, {"id": 1, "amount": "10.005"}], "errors": []}'
    tried = Tried(FakeProcore(raw_answer(body, 200, {"content-type": "application/json"})))
    answer = await tried.client.synchronize("direct-cost-lines", [{"amount": Decimal("10.005")}], HERE)
    assert [row["amount"] for row in answer.entities] == [10.005, "10.005"]
    assert b'"amount":10.005' in tried.server.calls[0].content


def test_whatever_a_run_reads_has_its_name_in_both_languages() -> None:
    """Else its history says "budget-rows-all 1"."""
    of_files = {"documents", "images", "image-categories"}
    read = {name for name, row in RESOURCES.items() if row.path or row.one}
    assert [name for name in sorted(read - of_files) if not has_text(f"manager.read.{name}")] == []
