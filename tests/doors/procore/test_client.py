"""Reading lists and sending bulk calls, and what happens when the answer is not one."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import httpx
import orjson
import pytest

from maestro_procore.ports import CallFailed, Trouble
from tests.doors.procore.fake_procore import CLIENT_SECRET, NOON, FakeProcore, Tried, json_answer, raw_answer

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


async def test_pages_are_numbered_by_us_even_when_link_points_elsewhere():
    """S5: a foreign `Link: next` says that there is more, and draws nothing there."""
    foreign = '<https://evil.example/rest/v1.0/vendors?page=2>; rel="next"'
    tried = Tried(FakeProcore(json_answer([VENDOR], headers={"Link": foreign}), json_answer([VENDOR])))
    first = await tried.client.read_page("vendors", 1, None)
    second = await tried.client.read_page("vendors", 2, None)
    assert (first.has_next, second.has_next) == (True, False)
    assert {request.url.host for request in tried.server.seen} == {"api.example.test"}


@pytest.mark.parametrize("with_link", [True, False], ids=["Link", "Total and Per-Page"])
async def test_a_server_that_cuts_pages_down_is_followed_to_the_end(with_link):
    """What was asked for is never taken for what came: 250 rows, 100 a page."""
    rows = [{"id": number} for number in range(250)]

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        headers = {"Total": "250", "Per-Page": "100"}
        if with_link:
            headers["Link"] = '<https://h/x>; rel="prev"' + (', <https://h/x>; rel="next"' if page < 3 else "")
        return json_answer(rows[(page - 1) * 100 : page * 100], headers=headers)

    tried = Tried(FakeProcore(script=answer))
    found, number, has_next = [], 1, True
    while has_next:
        page = await tried.client.read_page("vendors", number, None)
        found += page.rows
        number, has_next = number + 1, page.has_next
    assert found == rows
    assert len(tried.server.calls) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("writes", [0, 2])
async def test_a_redirect_to_a_foreign_host_is_not_followed(status, writes):
    """S5: the foreign host never sees the token, nor anything else."""
    tried = Tried(FakeProcore(raw_answer(b"", status, {"location": "https://evil.example/collect"})))
    failed = await failure(tried, writes=writes)
    assert (failed.trouble, failed.problem.code) == (Trouble.UNREACHABLE, "SRV-20")
    assert failed.problem.args["host"] == "evil.example"
    assert {request.url.host for request in tried.server.seen} == {"api.example.test"}


async def test_a_redirect_of_the_sign_in_server_does_not_take_the_password_along():
    tried = Tried(FakeProcore())
    tried.server.sign_in = lambda request: raw_answer(b"", 307, {"location": "https://evil.example/oauth/token"})
    failed = await failure(tried)
    assert failed.problem.code == "SRV-20"
    assert {request.url.host for request in tried.server.seen} == {"api.example.test"}


BAD_BODIES = [
    pytest.param(b"<html><body>Welcome to Hotel WiFi</body></html>", "text/html", "SRV-14", id="web page"),
    pytest.param(b"", "application/json", "SRV-16", id="empty"),
    pytest.param(b'[{"id": 1, "name": "B', "application/json", "SRV-15", id="cut"),
    pytest.param(b"Service is fine", "text/plain", "SRV-16", id="plain words"),
    pytest.param(b"null", "application/json", "SRV-16", id="null"),
    pytest.param(b'"text"', "application/json", "SRV-16", id="a text"),
    pytest.param(b"[1, 2]", "application/json", "SRV-16", id="no records"),
    pytest.param(b'{"message": "ok"}', "application/json", "SRV-16", id="another object"),
    pytest.param('[{"name": "Béton"}]'.encode("latin-1"), "application/json", "SRV-15", id="wrong characters"),
]


@pytest.mark.parametrize(("body", "kind", "code"), BAD_BODIES)
@pytest.mark.parametrize("writes", [0, 2])
async def test_a_good_status_with_a_bad_body_is_an_unknown_outcome(body, kind, code, writes):
    """F10: never an empty list."""
    tried = Tried(FakeProcore(raw_answer(body, 200, {"content-type": kind})))
    failed = await failure(tried, writes=writes)
    assert (failed.trouble, failed.problem.code) == (Trouble.AGAIN, code)
    assert failed.may_have_applied is bool(writes)


async def test_an_answer_beyond_every_size_is_not_read_on():
    """S2: a small packed answer may unpack to gigabytes."""
    tried = Tried(FakeProcore(json_answer([VENDOR] * 100)), most_bytes=1_000)
    failed = await failure(tried)
    assert (failed.trouble, failed.problem.code) == (Trouble.REFUSED, "SRV-16")


TROUBLES = [
    (500, {}, 1, Trouble.AGAIN, "SRV-24", True),
    (500, {}, 2, Trouble.SMALLER, "SRV-24", True),
    (502, {}, 1000, Trouble.SMALLER, "SRV-24", True),
    (503, {}, 2, Trouble.SMALLER, "SRV-24", True),
    (503, {"retry-after": "7"}, 2, Trouble.AGAIN, "SRV-03", False),
    (408, {}, 2, Trouble.SMALLER, "SRV-24", True),
    (413, {}, 2, Trouble.SMALLER, "SRV-10", False),
    (413, {}, 1, Trouble.REFUSED, "SRV-10", False),
    (400, {}, 2, Trouble.REFUSED, "SRV-10", False),
    (403, {}, 2, Trouble.REFUSED, "SRV-22", False),
    (404, {}, 2, Trouble.REFUSED, "SRV-25", False),
    (405, {}, 2, Trouble.REFUSED, "SRV-10", False),
    (406, {}, 2, Trouble.REFUSED, "SRV-10", False),
    (409, {}, 2, Trouble.REFUSED, "LNK-05", False),
    (410, {}, 2, Trouble.REFUSED, "SRV-10", False),
    (418, {}, 2, Trouble.REFUSED, "SRV-10", False),
]


@pytest.mark.parametrize(("status", "headers", "writes", "trouble", "code", "may_have_applied"), TROUBLES)
async def test_each_status_says_what_to_do(status, headers, writes, trouble, code, may_have_applied):
    """F9, F20."""
    tried = Tried(FakeProcore(json_answer({"message": "words of Procore"}, status, headers)))
    failed = await failure(tried, writes=writes)
    assert (failed.trouble, failed.problem.code, failed.may_have_applied) == (trouble, code, may_have_applied)
    assert failed.call is not None and (failed.call.status, failed.call.error) == (status, code)


async def test_an_overloaded_server_is_waited_for_as_it_asks():
    """F6."""
    tried = Tried(FakeProcore(json_answer({}, 503, {"retry-after": "120"})))
    assert (await failure(tried)).wait == timedelta(seconds=120)


async def test_a_company_without_the_app_is_told_as_such():
    words = {"code": 403, "message": "App is not connected to this company", "error": "Forbidden"}
    tried = Tried(FakeProcore(json_answer(words, 403)))
    failed = await failure(tried)
    assert (failed.problem.code, failed.problem.args) == ("CFG-04", {"company": "77"}), (
        "a number of a company is no amount: no thousands in it"
    )


NETWORK = [
    pytest.param(httpx.ConnectError("refused"), Trouble.UNREACHABLE, "SRV-06", False, id="refused"),
    pytest.param(httpx.ConnectTimeout("slow"), Trouble.UNREACHABLE, "SRV-06", False, id="no connection in time"),
    pytest.param(
        httpx.ProxyError("407 Proxy Authentication Required"), Trouble.UNREACHABLE, "SRV-18", False, id="proxy"
    ),
    pytest.param(httpx.ReadTimeout("slow"), Trouble.AGAIN, "SRV-21", True, id="silence"),
    pytest.param(httpx.WriteTimeout("slow"), Trouble.AGAIN, "SRV-21", True, id="stuck while sending"),
    pytest.param(httpx.WriteError("reset"), Trouble.AGAIN, "SRV-15", True, id="cut while sending"),
    pytest.param(httpx.RemoteProtocolError("cut"), Trouble.AGAIN, "SRV-15", True, id="cut while reading"),
    pytest.param(httpx.DecodingError("bad gzip"), Trouble.AGAIN, "SRV-15", True, id="unreadable packing"),
]


@pytest.mark.parametrize(("error", "trouble", "code", "may_have_applied"), NETWORK)
async def test_what_the_network_does_is_told_apart(error, trouble, code, may_have_applied):
    """F2, F12, F13."""
    tried = Tried(FakeProcore(error))
    failed = await failure(tried, writes=2)
    assert (failed.trouble, failed.problem.code, failed.may_have_applied) == (trouble, code, may_have_applied)


async def test_a_read_is_never_an_unknown_write():
    tried = Tried(FakeProcore(httpx.ReadTimeout("slow")))
    assert not (await failure(tried)).may_have_applied


async def test_nothing_secret_reaches_the_history(caplog):
    """S6: neither the client's password nor a token, in requests, answers, addresses or the log."""
    caplog.set_level("DEBUG")
    echo = {"entities": [VENDOR | {"notes": "Bearer token-canary-1"}], "errors": [], "access_token": "token-canary-1"}
    tried = Tried(FakeProcore(json_answer(echo), json_answer([VENDOR | {"notes": f"pw {CLIENT_SECRET}"}])))
    await tried.client.synchronize("vendors", [{"name": "x", "notes": "token-canary-1"}])
    await tried.client.read_page("vendors", 1, None)
    everything = " ".join(repr(record) for record in tried.records) + caplog.text
    assert "canary" not in everything
    assert "authorization" not in everything.lower()
    assert len(tried.records) == 3


async def test_listings_are_kept_by_their_beginning_and_bulk_answers_whole():
    many = [VENDOR | {"id": number} for number in range(500)]
    tried = Tried(FakeProcore(json_answer(many), json_answer({"entities": many, "errors": []})))
    listing = (await tried.client.read_page("vendors", 1, None)).call
    bulk = (await tried.client.synchronize("vendors", [{"name": "x"}])).call
    assert listing.answer_body is not None and len(listing.answer_body) == 2_049
    assert orjson.loads(bulk.answer_body or "")["entities"] == many
    assert listing.records == 500


async def test_companies_and_me_need_no_company():
    companies = [{"id": 5, "name": "Constructions Lévis", "is_active": True}]
    tried = Tried(FakeProcore(json_answer(companies), json_answer({"id": 9, "login": "a@b.ca"})), company_id=None)
    assert await tried.client.companies() == companies
    assert (await tried.client.me())["id"] == 9
    assert all("procore-company-id" not in request.headers for request in tried.server.calls)
