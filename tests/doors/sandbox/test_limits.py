"""Both call windows, their headers, and the 429."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx

from .conftest import NOW, Client


def _triple(answer: httpx.Response) -> tuple[int, int, int]:
    names = ("limit", "remaining", "reset")
    limit, remaining, reset = (int(answer.headers[f"x-rate-limit-{name}"]) for name in names)
    return limit, remaining, reset


async def _signed_in(client: Client) -> Client:
    await client.sign_in()
    return client


async def test_the_headers_describe_the_spike_window_while_it_is_nearer(make_client: Callable[..., Client]) -> None:
    client = await _signed_in(make_client(hourly_limit=600, spike_limit=25))
    assert _triple(await client.get("v1.0/me")) == (25, 24, int(NOW) + 10)


async def test_the_headers_describe_the_hour_when_it_is_nearly_spent(make_client: Callable[..., Client]) -> None:
    client = await _signed_in(make_client(hourly_limit=20, spike_limit=25, hour_seconds=60))
    assert _triple(await client.get("v1.0/me")) == (20, 19, int(NOW) + 60)


async def test_over_the_spike_limit_is_429_until_the_window_ends(make_client: Callable[..., Client]) -> None:
    client = await _signed_in(make_client(spike_limit=2))
    statuses = [(await client.get("v1.0/me")).status_code for _ in range(3)]
    refused = await client.get("v1.0/me")
    await client.control("POST", "clock", {"advance_seconds": _triple(refused)[2] - NOW})
    assert statuses == [200, 200, 429]
    assert refused.json()["message"].startswith("You have surpassed the max number of requests for an hour.")
    assert "retry-after" not in refused.headers
    assert (await client.get("v1.0/me")).status_code == 200


async def test_the_hour_resets_at_the_announced_time_of_the_sandbox_clock(
    make_client: Callable[..., Client],
) -> None:
    client = await _signed_in(make_client(hourly_limit=1, hour_seconds=60))
    await client.get("v1.0/me")
    refused = await client.get("v1.0/me")
    date = parsedate_to_datetime(refused.headers["date"]).timestamp()
    wait = _triple(refused)[2] - date
    await client.control("POST", "clock", {"advance_seconds": wait - 1})
    early = await client.get("v1.0/me")
    await client.control("POST", "clock", {"advance_seconds": 1})
    assert (refused.status_code, wait, early.status_code) == (429, 60, 429)
    assert (await client.get("v1.0/me")).status_code == 200


async def test_both_windows_full_announce_the_later_reset(make_client: Callable[..., Client]) -> None:
    client = await _signed_in(make_client(hourly_limit=1, spike_limit=1, hour_seconds=60))
    await client.get("v1.0/me")
    assert _triple(await client.get("v1.0/me"))[2] == int(NOW) + 60


async def test_retry_after_is_a_switch(make_client: Callable[..., Client]) -> None:
    client = await _signed_in(make_client(spike_limit=1, switches={"retry_after_on_429": True}))
    await client.get("v1.0/me")
    assert (await client.get("v1.0/me")).headers["retry-after"] == "10"


async def test_refused_requests_use_up_calls_too(make_client: Callable[..., Client]) -> None:
    client = await _signed_in(make_client(hourly_limit=3))
    await client.get("v1.0/vendors/999")
    await client.http.get("/rest/v1.0/me", headers={"Authorization": "Bearer wrong"})
    assert _triple(await client.get("v1.0/me"))[1] == 0


async def test_every_answer_carries_the_headers_and_the_sandbox_date(make_client: Callable[..., Client]) -> None:
    client = await _signed_in(make_client())
    await client.control("POST", "clock", {"advance_seconds": 3600})
    for answer in (await client.get("v1.0/vendors/999"), await client.http.post("/oauth/token")):
        assert "x-rate-limit-remaining" in answer.headers
        assert parsedate_to_datetime(answer.headers["date"]).timestamp() == NOW + 3600


async def test_the_control_interface_is_neither_counted_nor_logged(make_client: Callable[..., Client]) -> None:
    client = await _signed_in(make_client(hourly_limit=1))
    for _ in range(3):
        await client.control("GET", "clock")
    assert (await client.get("v1.0/me")).status_code == 200
    assert [call["path"] for call in await client.calls()] == ["/oauth/token", "/rest/v1.0/me"]
