"""Reading lists and sending bulk calls, and what happens when the answer is not one."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import httpx
import orjson
import pytest

from maestro_procore.ports import CallFailed, Trouble
from tests.doors.procore.fake_procore import NOON, FakeProcore, Tried, json_answer

VENDOR = {"id": 1, "name": "Béton Lévis ltée", "origin_id": "MST:a:V:1"}


async def failure(tried: Tried, *, writes: int = 0) -> CallFailed:
    """The CallFailed of a read, or of a bulk call with `writes` records."""
    with pytest.raises(CallFailed) as caught:
        if writes:
            await tried.client.synchronize("vendors", [{"name": str(n)} for n in range(writes)])
        else:
            await tried.client.read_page("vendors", 1, None)
    return caught.value


async def test_a_list_is_read_at_its_greatest_page_size():
    tried = Tried(FakeProcore(json_answer([VENDOR], headers={"Total": "1", "Per-Page": "2000"})))
    page = await tried.client.read_page("vendors", 1, None)
    assert (page.rows, page.total, page.has_next, page.server_time) == ([VENDOR], 1, False, NOON)
    request = tried.server.calls[0]
    assert request.url.path == "/rest/v1.0/vendors"
    assert dict(request.url.params) == {"company_id": "77", "page": "1", "per_page": "2000", "view": "extended"}
    assert request.headers["procore-company-id"] == "77"
    assert request.headers["authorization"] == "Bearer token-canary-1"


async def test_changes_are_asked_with_two_ends_in_utc_a_day_ahead():
    tried = Tried(FakeProcore(json_answer([])))
    await tried.client.read_page("projects", 1, NOON - timedelta(hours=2))
    params = tried.server.calls[0].url.params
    assert params["filters[updated_at]"] == "2026-03-02T10:00:00Z...2026-03-03T12:00:00Z"
    assert (params["filters[by_status]"], params["per_page"]) == ("All", "300")


async def test_a_list_without_a_filter_is_read_whole():
    tried = Tried(FakeProcore(json_answer([])))
    await tried.client.read_page("vendors-inactive", 1, NOON)
    request = tried.server.calls[0]
    assert request.url.path == "/rest/v1.0/companies/77/vendors/inactive"
    assert "filters[updated_at]" not in request.url.params


async def test_a_bulk_call_keeps_every_digit_and_brings_each_records_result():
    refused = {"name": "x", "errors": {"name": ["too short"]}}
    tried = Tried(FakeProcore(json_answer({"entities": [VENDOR], "errors": [refused]})))
    answer = await tried.client.synchronize("projects", [{"name": "A", "total_value": Decimal("12345678901234.10")}])
    assert (answer.entities, answer.errors) == ([VENDOR], [refused])
    sent = tried.server.calls[0]
    assert (sent.method, sent.url.path) == ("PATCH", "/rest/v1.0/projects/sync")
    assert b'"total_value":12345678901234.10' in sent.content
    assert orjson.loads(sent.content)["company_id"] == 77
    assert answer.call.records == 1


async def test_more_than_a_thousand_updates_are_a_mistake_of_the_caller():
    tried = Tried(FakeProcore())
    with pytest.raises(ValueError, match="1 to 1000"):
        await tried.client.synchronize("vendors", [{}] * 1001)
    assert tried.server.seen == []


async def test_a_call_passes_the_gate_and_signing_in_does_not():
    tried = Tried(FakeProcore(json_answer([])))
    await tried.client.read_page("vendors", 1, None)
    assert (tried.gate.entered, tried.gate.left) == (1, [200])
    assert [(record.api, record.is_counted) for record in tried.records] == [("login", False), ("procore", True)]


async def test_a_hit_limit_repeats_the_call_and_is_no_failure():
    tried = Tried(FakeProcore(json_answer({"message": "limit"}, 429), json_answer([VENDOR])))
    page = await tried.client.read_page("vendors", 1, None)
    assert page.rows == [VENDOR]
    assert tried.gate.left == [429, 200]
    assert [record.status for record in tried.records if record.is_counted] == [429, 200]


async def test_a_cut_connection_leaves_the_gate_and_an_unknown_outcome():
    tried = Tried(FakeProcore(httpx.ReadError("reset")))
    failed = await failure(tried, writes=3)
    assert (failed.trouble, failed.problem.code, failed.may_have_applied) == (Trouble.AGAIN, "SRV-15", True)
    assert tried.gate.left == [None]
    assert failed.call is not None and failed.call.status is None and failed.call.records == 3


async def test_a_cancelled_call_leaves_the_gate():
    started = asyncio.Event()

    class Slow(FakeProcore):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path != "/oauth/token":
                started.set()
                await asyncio.Event().wait()
            return await super().handle_async_request(request)

    tried = Tried(Slow())
    task = asyncio.create_task(tried.client.me())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tried.gate.left == [None]
