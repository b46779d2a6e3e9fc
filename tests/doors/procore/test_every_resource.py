"""Every row of the catalogue against the strict sandbox: list, second page, show, write, a refused record.

The strict sandbox refuses what breaks Procore's OpenAPI file, and says so in its list of calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from maestro_procore.ports import CallFailed, Page, SyncAnswer, Trouble
from maestro_procore.procore import catalogue
from maestro_procore.procore.catalogue import RESOURCES, resource
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox
from maestro_procore.sandbox.start_data import StartData
from maestro_procore.sandbox.training_company import generate
from tests.doors.procore.fake_procore import JumpClock
from tests.doors.procore.test_against_sandbox import Connected, connect, world  # noqa: F401 - a fixture

PROJECT = "598134327500000"
"""The project of the small training company with the most orders."""
OTHER_PROJECT = "598134327300000"
LATER = datetime(2026, 12, 1, tzinfo=UTC)
"""After everything that the training company did."""
EXACTING = {"unknown_parameters": "refuse", "per_page_over_cap": "refuse"}
"""A server that forgives nothing: neither a parameter that no document names nor a page beyond the maximum."""
OF_FILES = {"documents", "image-categories", "images"}
"""Filled for some projects only; test_documents_store.py reads them."""
EMPTY_AT_THE_START = {"budget-rows", "budget-changes", "direct-costs", "direct-cost-lines", "requisitions"}


@pytest.fixture(scope="module")
def data() -> StartData:
    made = generate("small")
    return StartData(made.company, made.procore)


class Visitor:
    """A client in one project, with the values for all addresses."""

    def __init__(self, connected: Connected) -> None:
        self.connected, self.client = connected, connected.client
        connected.clock.time = LATER
        self.place = {"project_id": PROJECT}
        self.segments: dict[str, int] = {}

    async def look_round(self) -> None:
        [pattern] = (await self.client.read_page("wbs-patterns", 1, None)).rows
        self.segments = {segment["type"]: segment["id"] for segment in pattern["segments"]}
        [view] = (await self.client.read_page("budget-views", 1, None)).rows
        self.place["budget_view_id"] = str(view["id"])

    async def page(self, name: str, number: int = 1) -> Page:
        segment = {"cost-type-items": "line_item_type", "segment-items": "cost_code"}.get(name)
        more = {"segment_id": str(self.segments[segment])} if segment else {}
        since = self.connected.clock.now().replace(year=2000) if resource(name).can_filter_changes else None
        return await self.client.read_page(name, number, since, self.place | more)

    async def rows(self, name: str) -> list[dict[str, Any]]:
        return (await self.page(name)).rows

    async def write(self, name: str, *records: dict[str, Any]) -> SyncAnswer:
        return await self.client.synchronize(name, records, self.place)

    async def refusal(self, name: str, *records: dict[str, Any]) -> CallFailed:
        with pytest.raises(CallFailed) as caught:
            await self.write(name, *records)
        return caught.value

    async def budget_code(self, position: int) -> int:
        """A budget code that did not exist, made of the code at that position."""
        code, kind = (await self.rows("segment-items"))[position], (await self.rows("cost-type-items"))[0]
        parts = [
            {"segment_id": self.segments["cost_code"], "segment_item_id": code["id"]},
            {"segment_id": self.segments["line_item_type"], "segment_item_id": kind["id"]},
        ]
        answer = await self.write("budget-codes", {"segment_items": parts})
        return int(answer.entities[0]["id"])

    def violations(self) -> list[str]:
        return [call["violation"] for call in self.connected.control("GET", "calls") if call["violation"]]


def enter(connected: Connected, work: Any) -> None:
    """Does it there; in the end no call may have broken the document."""

    async def there() -> None:
        visitor = Visitor(connected)
        async with visitor.client:
            await visitor.look_round()
            await work(visitor)
        assert visitor.violations() == []

    asyncio.run(there())


@pytest.fixture
def visit(connect: Any, data: StartData) -> Any:  # noqa: F811
    """visit(what to do there): in a strict sandbox of its own."""
    return lambda work, **options: enter(connect(data, strict=True, **options), work)


@pytest.fixture(scope="module")
def standing(data: StartData) -> Iterator[Any]:
    """A strict and exacting sandbox for those that only read."""
    clock = JumpClock()
    options = SandboxOptions(strict=True, hourly_limit=10_000, spike_limit=10_000, switches=EXACTING)
    theirs = SandboxClock(unix_time=lambda: clock.time.timestamp())
    running = RunningSandbox(options, data=data, clock=theirs).start()
    yield lambda: Connected(running, clock)
    running.stop()


@pytest.fixture
def read(standing: Any) -> Any:
    """read(what to do there): in the sandbox of all that only read."""
    return lambda work: enter(standing(), work)


LISTS = sorted(name for name, row in RESOURCES.items() if row.path)


def test_every_list_is_read(read: Any) -> None:
    async def work(there: Visitor) -> None:
        found = {name: await there.page(name) for name in LISTS}
        assert {name for name, page in found.items() if not page.rows} - OF_FILES == EMPTY_AT_THE_START
        for name, page in found.items():
            assert page.page_size == resource(name).page_size
            assert page.total == (len(page.rows) if page.page_size else None)

    read(work)


async def read_in_two_pages(there: Visitor, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list comes whole when a page holds half of it."""
    whole = await there.rows(name)
    size = (len(whole) + 1) // 2
    monkeypatch.setitem(catalogue.RESOURCES, name, replace(resource(name), page_size=size))
    first, second = await there.page(name), await there.page(name, 2)
    assert (first.has_next, second.has_next) == (True, False)
    assert [row["id"] for row in first.rows + second.rows] == [row["id"] for row in whole]


@pytest.mark.parametrize("name", sorted(set(LISTS) - EMPTY_AT_THE_START))
def test_a_list_goes_on_to_its_second_page(read: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async def work(there: Visitor) -> None:
        if resource(name).page_size and len(await there.rows(name)) > 1:
            await read_in_two_pages(there, name, monkeypatch)
        else:
            assert not (await there.page(name)).has_next

    read(work)


SHOWN = sorted(name for name, row in RESOURCES.items() if row.one and name not in EMPTY_AT_THE_START | {"budget-lines"})

LISTED_BY = {"potential-change-orders": "prime-change-orders"}
"""Where single records are shown → the list of another row that has them."""
WITH_LINES = ("purchase-orders", "subcontracts", "potential-change-orders")


@pytest.mark.parametrize("name", SHOWN)
def test_one_record_is_shown_with_what_its_list_leaves_out(read: Any, name: str) -> None:
    async def work(there: Visitor) -> None:
        [listed, *_] = await there.rows(LISTED_BY.get(name, name))
        named = {"contract_id": str(listed["contract_id"])} if name in LISTED_BY else {}
        page = await there.client.read_one(name, listed["id"], {**there.place, **named})
        assert [row["id"] for row in page.rows] == [listed["id"]]
        assert set(page.rows[0]) >= ({"line_items"} if name in WITH_LINES else {"id"})

    read(work)


def test_invoices_of_commitments_are_listed_and_shown(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(there: Visitor) -> None:
        order = next(row["id"] for row in await there.rows("subcontracts") if row["status"] == "Approved")
        bill = {"project_id": int(PROJECT), "commitment_id": order}
        made = [there.connected.control("POST", "state/requisitions", bill)["id"] for _ in range(2)]
        await read_in_two_pages(there, "requisitions", monkeypatch)
        shown = await there.client.read_one("requisitions", made[0], there.place)
        assert (shown.rows[0]["id"], shown.rows[0]["commitment_id"]) == (made[0], order)

    visit(work, switches=EXACTING)


def test_v2_lists_number_their_records_as_v1_does(read: Any) -> None:
    async def work(there: Visitor) -> None:
        both = {row["id"] for name in ("purchase-orders", "subcontracts") for row in await there.rows(name)}
        found = await there.rows("commitments-v2")
        assert {row["id"] for row in found} == both
        assert all(isinstance(row["vendor_id"], int) for row in found if row["vendor_id"])

    read(work)


def test_budget_codes_are_made_in_bulk_and_found_again(visit: Any) -> None:
    async def work(there: Visitor) -> None:
        made = await there.budget_code(3)
        assert await there.budget_code(3) == made
        assert made in [row["id"] for row in await there.rows("budget-codes")]
        answer = await there.write("budget-codes", {"segment_items": [{"segment_id": 1, "segment_item_id": 1}]})
        assert (answer.entities, answer.errors[0]["errors"]) == ([], {"segment_id": ["is invalid"]})

    visit(work)


def test_budget_lines_are_written_by_a_post_and_read_through_the_view(
    visit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(there: Visitor) -> None:
        codes = [await there.budget_code(position) for position in (0, 1)]
        lines = [{"wbs_code_id": code, "original_budget_amount": Decimal("100.50")} for code in codes]
        answer = await there.write("budget-lines", *lines)
        assert [row["wbs_code"]["id"] for row in answer.entities] == codes
        assert answer.errors == []
        rows = {row["wbs_code_id"]: row["id"] for row in await there.rows("budget-rows")}
        assert rows == {row["wbs_code"]["id"]: row["id"] for row in answer.entities}
        one = await there.client.read_one("budget-lines", answer.entities[0]["id"], there.place)
        assert one.rows[0]["original_budget_amount"] == 100.5
        await read_in_two_pages(there, "budget-rows", monkeypatch)

    visit(work, switches=EXACTING)


def test_one_refused_budget_line_refuses_the_call_and_leaves_nothing_behind(visit: Any) -> None:
    async def work(there: Visitor) -> None:
        good = {"wbs_code_id": await there.budget_code(0), "original_budget_amount": 1}
        bad = {"wbs_code_id": 404, "original_budget_amount": 1}
        failed = await there.refusal("budget-lines", good, bad)
        assert (failed.trouble, failed.problem.args["status"]) == (Trouble.REFUSED, 422)
        assert failed.problem.args["text"] == "wbs_code_id is invalid"
        assert await there.rows("budget-rows") == []

    visit(work)


def test_a_budget_change_is_posted_alone(visit: Any) -> None:
    async def work(there: Visitor) -> None:
        line = {"wbs_code_id": await there.budget_code(0), "amount": 5}
        answer = await there.write("budget-changes", {"status": "approved", "adjustment_line_items": [line]})
        [made] = answer.entities
        assert [row["id"] for row in await there.rows("budget-changes")] == [made["id"]]
        shown = await there.client.read_one("budget-changes", made["id"], there.place)
        assert [each["wbs_code"]["id"] for each in shown.rows[0]["adjustment_line_items"]] == [line["wbs_code_id"]]
        with pytest.raises(ValueError, match="1 to 1 records"):
            await there.write("budget-changes", {}, {})
        line["wbs_code_id"] = 404
        failed = await there.refusal("budget-changes", {"status": "approved", "adjustment_line_items": [line]})
        assert (failed.trouble, failed.problem.code) == (Trouble.REFUSED, "LNK-06")

    visit(work)


def test_cost_codes_are_synchronized_within_a_project(visit: Any) -> None:
    async def work(there: Visitor) -> None:
        answer = await there.write(
            "cost-codes", {"code": "77", "name": "Toit", "origin_id": "MST:X:77"}, {"id": 404, "name": "x"}
        )
        assert [row["biller_id"] for row in answer.entities] == [int(PROJECT)]
        assert [list(row["errors"]) for row in answer.errors] == [["id"]]

    visit(work)


def test_direct_costs_and_the_lines_of_many_are_synchronized(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(there: Visitor) -> None:
        vendor = (await there.rows("vendors"))[0]["id"]
        cost = {"direct_cost_type": "invoice", "vendor_id": vendor, "invoice_number": "F-1"}
        headers = [{**cost, "origin_id": f"MST:X:{number}"} for number in (1, 2)]
        answer = await there.write("direct-costs", *headers, {**cost, "vendor_id": 404})
        assert [row["origin_id"] for row in answer.entities] == ["MST:X:1", "MST:X:2"]
        assert [list(row["errors"]) for row in answer.errors] == [["vendor_id"]]
        code = await there.budget_code(0)
        lines = [
            {"direct_cost_id": row["id"], "wbs_code_id": code, "amount": Decimal("10.25"), "origin_id": f"L{row['id']}"}
            for row in answer.entities
        ]
        written = await there.write("direct-cost-lines", *lines, {"direct_cost_id": 404})
        assert [Decimal(row["amount"]) for row in written.entities] == [Decimal("10.25")] * 2
        assert [list(row["errors"]) for row in written.errors] == [["direct_cost_id"]]
        await read_in_two_pages(there, "direct-costs", monkeypatch)
        await read_in_two_pages(there, "direct-cost-lines", monkeypatch)
        shown = await there.client.read_one("direct-costs", answer.entities[0]["id"], there.place)
        assert len(shown.rows[0]["line_items"]) == 1

    visit(work)


@pytest.mark.parametrize("name", ["purchase-orders", "subcontracts"])
def test_commitments_are_marked_in_bulk(visit: Any, name: str) -> None:
    async def work(there: Visitor) -> None:
        ids = [row["id"] for row in await there.rows(name)][:2]
        answer = await there.write(
            name, *({"id": i, "origin_id": f"MST:X:{i}"} for i in ids), {"id": 404, "title": "x"}
        )
        assert {row["id"]: row["origin_id"] for row in answer.entities} == {i: f"MST:X:{i}" for i in ids}
        assert [list(row["errors"]) for row in answer.errors] == [["id"]]

    visit(work)


@pytest.mark.parametrize("name", ["purchase-orders", "subcontracts"])
def test_a_commitment_is_marked_alone_where_the_bulk_call_refuses_ids(visit: Any, name: str) -> None:
    async def work(there: Visitor) -> None:
        record = {"id": (await there.rows(name))[0]["id"], "origin_id": "MST:X:1"}
        refused = await there.write(name, record)
        assert (refused.entities, [list(row["errors"]) for row in refused.errors]) == ([], [["id"]])
        answer = await there.write(resource(name).single, record)
        assert [(row["id"], row["origin_id"]) for row in answer.entities] == [(record["id"], "MST:X:1")]
        failed = await there.refusal(resource(name).single, {**record, "vendor_id": 404})
        assert (failed.trouble, failed.problem.args["field"]) == (Trouble.REFUSED, "vendor_id")

    words = ["purchase_order_contracts", "work_order_contracts"]
    visit(work, switches={"sync_refuses_id": words})


def test_a_change_order_package_is_marked_alone(visit: Any) -> None:
    async def work(there: Visitor) -> None:
        record = {"id": (await there.rows("change-order-packages"))[0]["id"], "origin_id": "MST:X:1"}
        answer = await there.write("change-order-packages", record)
        assert [row["origin_id"] for row in answer.entities] == ["MST:X:1"]
        assert (await there.refusal("change-order-packages", {"id": 404})).problem.code == "SRV-25"

    visit(work)


def test_a_company_that_was_put_away_is_brought_back_once(visit: Any) -> None:
    """The second time it is no longer in the inactive list."""

    async def work(there: Visitor) -> None:
        vendor = (await there.rows("vendors"))[0]["id"]
        await there.write("vendors", {"id": vendor, "is_active": False})
        assert vendor in {row["id"] for row in await there.rows("vendors-inactive")}
        answer = await there.write("vendors-reactivated", {"id": vendor})
        assert [(row["id"], row["is_active"]) for row in answer.entities] == [(vendor, True)]
        failed = await there.refusal("vendors-reactivated", {"id": vendor})
        assert failed.call is not None and failed.call.status == 404

    visit(work)


def test_a_tool_that_is_off_is_told_from_a_project_that_is_not_permitted(visit: Any) -> None:
    """A project made without a template has no tools yet (PRJ-19 and SRV-09 tell who can help)."""

    async def work(there: Visitor) -> None:
        [made] = (await there.write("projects", {"name": "Annexe"})).entities
        for project, code in ((made["id"], "SRV-09"), (OTHER_PROJECT, "PRJ-19")):
            there.place["project_id"] = str(project)
            there.connected.control("POST", "switches", {"permitted_projects": [int(PROJECT), made["id"]]})
            with pytest.raises(CallFailed) as caught:
                await there.rows("direct-costs")
            assert caught.value.problem.code == code

    visit(work)


def test_every_row_that_writes_is_written_above_or_in_test_against_sandbox() -> None:
    """A further row wants a further test."""
    assert {name for name, row in RESOURCES.items() if row.write} == {
        "projects", "vendors", "budget-codes", "budget-lines", "budget-changes", "cost-codes", "direct-costs",
        "direct-cost-lines", "purchase-orders", "purchase-orders-single", "subcontracts", "subcontracts-single",
        "change-order-packages", "vendors-reactivated",
    }  # fmt: skip
