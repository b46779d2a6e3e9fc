"""The token: fetched once for all, renewed once when it dies, never asked for in a loop."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from maestro_procore.ports import CallFailed, Trouble
from tests.doors.procore.fake_procore import CLIENT_SECRET, FakeProcore, Tried, json_answer, raw_answer


def listing(_request: httpx.Request) -> httpx.Response:
    return json_answer([])


async def refused(tried: Tried) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await tried.client.read_page("vendors", 1, None)
    return caught.value


async def test_the_credentials_travel_in_the_body_of_one_request():
    tried = Tried(FakeProcore(script=listing))
    await tried.client.read_page("vendors", 1, None)
    await tried.client.read_page("vendors", 1, None)
    sign_ins = [request for request in tried.server.seen if request.url.path == "/oauth/token"]
    assert len(sign_ins) == 1
    form = dict(httpx.QueryParams(sign_ins[0].content.decode()))
    assert form == {"grant_type": "client_credentials", "client_id": "our-app", "client_secret": CLIENT_SECRET}
    assert CLIENT_SECRET not in str(sign_ins[0].url)


async def test_ten_dead_calls_fetch_one_new_token():
    """F7: exactly one renewal for parallel 401s."""
    tried = Tried(FakeProcore(script=listing))
    await tried.client.read_page("vendors", 1, None)
    tried.server.dead_tokens.add("token-canary-1")
    await asyncio.gather(*(tried.client.read_page("vendors", 1, None) for _ in range(10)))
    assert tried.server.tokens == 2
    assert [call.status for call in tried.records if call.is_counted].count(401) == 10


async def test_parallel_first_calls_fetch_one_token():
    tried = Tried(FakeProcore(script=listing))
    await asyncio.gather(*(tried.client.read_page("vendors", 1, None) for _ in range(10)))
    assert tried.server.tokens == 1


async def test_a_token_is_renewed_before_it_ends():
    tried = Tried(FakeProcore(script=listing))
    await tried.client.read_page("vendors", 1, None)
    tried.clock.time += timedelta(seconds=5_400 - 59)
    await tried.client.read_page("vendors", 1, None)
    assert tried.server.tokens == 2
    assert all(call.status == 200 for call in tried.records)


async def test_a_401_after_the_renewal_asks_to_sign_in():
    tried = Tried(FakeProcore(script=lambda request: json_answer({"message": "The access token is invalid"}, 401)))
    failed = await refused(tried)
    assert (failed.trouble, failed.problem.code) == (Trouble.SIGN_IN, "SRV-07")
    assert (tried.server.tokens, len(tried.server.calls)) == (2, 2)


@pytest.mark.parametrize("status", [400, 401])
async def test_wrong_credentials_are_told_as_such(status):
    tried = Tried(FakeProcore())
    tried.server.sign_in = lambda request: json_answer(
        {"error": "invalid_client", "error_description": "Client authentication failed"}, status
    )
    failed = await refused(tried)
    assert (failed.trouble, failed.problem.code) == (Trouble.SIGN_IN, "CFG-03")
    assert tried.gate.entered == 0


async def test_credentials_that_were_revoked_meanwhile_ask_to_sign_in():
    tried = Tried(FakeProcore(script=listing))
    await tried.client.read_page("vendors", 1, None)
    tried.server.dead_tokens.add("token-canary-1")
    tried.server.sign_in = lambda request: json_answer({"error": "invalid_client"}, 401)
    failed = await refused(tried)
    assert (failed.trouble, failed.problem.code) == (Trouble.SIGN_IN, "SRV-07")


@pytest.mark.parametrize(
    ("answer", "trouble", "code"),
    [
        pytest.param(
            raw_answer(b"<html>", 200, {"content-type": "text/html"}), Trouble.UNREACHABLE, "CFG-18", id="page"
        ),
        pytest.param(raw_answer(b"<html>", 404, {"content-type": "text/html"}), Trouble.REFUSED, "CFG-18", id="wrong"),
        pytest.param(json_answer([]), Trouble.AGAIN, "CFG-18", id="list"),
        pytest.param(json_answer({"token_type": "bearer"}), Trouble.AGAIN, "CFG-18", id="no token"),
        pytest.param(json_answer({}, 503, {"retry-after": "5"}), Trouble.AGAIN, "SRV-03", id="overloaded"),
        pytest.param(json_answer({}, 500), Trouble.AGAIN, "SRV-24", id="failing"),
        pytest.param(json_answer({}, 429), Trouble.AGAIN, "SRV-24", id="too often"),
    ],
)
async def test_a_strange_sign_in_server_is_named(answer, trouble, code):
    tried = Tried(FakeProcore())
    tried.server.sign_in = lambda request: answer
    failed = await refused(tried)
    assert (failed.trouble, failed.problem.code) == (trouble, code)


async def test_a_cancelled_caller_leaves_the_new_token_to_the_others():
    answer_now = asyncio.Event()

    class SlowSignIn(FakeProcore):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/oauth/token":
                await answer_now.wait()
            return await super().handle_async_request(request)

    tried = Tried(SlowSignIn(script=listing))
    first = asyncio.create_task(tried.client.read_page("vendors", 1, None))
    second = asyncio.create_task(tried.client.read_page("vendors", 1, None))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    answer_now.set()
    assert (await second).rows == []
    assert tried.server.tokens == 1
