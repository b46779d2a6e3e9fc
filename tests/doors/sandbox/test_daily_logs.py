"""The Daily Log: today's rows without a date, attachments, counts per type, headers of days, what is not approved."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .conftest import Client
from .test_documents import download, violations
from .test_uploads import announce, storage

LOGS = "/rest/v1.0/projects/101/{}"
TODAY, BEFORE = "2026-01-05", "2025-12-18"  # of the stopped clock


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def write(client: Client, kind: str, status: int = 201, **fields: Any) -> dict[str, Any]:
    answer = await client.http.post(LOGS.format(f"{kind}_logs"), json={f"{kind}_log": fields})
    assert answer.status_code == status, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def read(client: Client, kind: str, **query: Any) -> httpx.Response:
    return await client.http.get(LOGS.format(f"{kind}_logs"), params=query)


async def test_a_list_without_a_date_holds_today_only(strict: Client) -> None:
    old = await write(strict, "notes", comment="Gel au sol", date=BEFORE)
    assert [row["date"] for row in (await read(strict, "notes")).json()] == [TODAY]
    of_day = (await read(strict, "notes", log_date=BEFORE)).json()
    assert [(row["id"], row["comment"]) for row in of_day] == [(old["id"], "Gel au sol")]
    both = (await read(strict, "notes", start_date=BEFORE, end_date=TODAY)).json()
    assert {row["date"] for row in both} == {BEFORE, TODAY}
    assert (await read(strict, "notes", log_date="soon")).status_code == 400
    strict.sandbox.clock.advance(24 * 3600)
    await strict.sign_in()
    assert (await read(strict, "notes")).json() == []
    assert await violations(strict) == []


async def test_attachments_come_as_files_or_as_uploads_and_are_read_back(strict: Client) -> None:
    data = {"notes_log[comment]": "Fissure", "notes_log[date]": TODAY}
    files = [("attachments[]", ("Fissure 1.jpg", b"one")), ("attachments[]", ("Fissure 2.jpg", b"two"))]
    made = await strict.http.post(LOGS.format("notes_logs"), data=data, files=files)
    assert [each["name"] for each in made.json()["attachments"]] == ["Fissure 1.jpg", "Fissure 2.jpg"]
    upload = await announce(strict)
    async with storage(strict) as http:
        await http.post(upload["url"], data=upload["fields"], files={"file": ("x", b"three")})
    one = LOGS.format(f"notes_logs/{made.json()['id']}")
    shown = (await strict.http.patch(one, json={"notes_log": {"upload_ids": [upload["uuid"]]}})).json()
    equal = {"notes_log[comment]": "Fissure"}
    more = await strict.http.patch(one, data=equal, files=[("attachments[]", ("Plan.pdf", b"four"))])
    assert len(more.json()["attachments"]) == 4
    bodies = [(await download(strict, each["url"])).text for each in shown["attachments"]]
    assert bodies == ["one", "two", "three"]
    assert await violations(strict) == []


async def test_counts_and_headers_tell_which_days_have_rows(strict: Client) -> None:
    await write(strict, "manpower", date=BEFORE, num_workers=6, num_hours="8.0")
    await write(strict, "delivery", date=BEFORE, time_hour=9, time_minute=30, contents="Acier")
    counted = await strict.http.get(LOGS.format("daily_logs/count"), params={"log_date": BEFORE})
    assert {row["module_name"]: row["count"] for row in counted.json()} == {"manpower_logs": 1, "delivery_logs": 1}
    paged = await strict.http.get(
        "/rest/v1.1/projects/101/daily_logs/counts", params={"start_date": BEFORE, "end_date": TODAY, "per_page": 2}
    )
    assert (len(paged.json()), int(paged.headers["total"])) == (2, 18)
    headers = (await strict.http.get(LOGS.format("daily_log_headers/index"))).json()
    assert [row["log_date"] for row in headers] == [BEFORE]
    done = {"daily_log_header": {"completed": True, "distributed": False}}
    shown = await strict.http.patch(LOGS.format("daily_log_headers"), params={"log_date": BEFORE}, json=done)
    assert (shown.json()["completed"], shown.json()["completed_at"]) == (True, "2026-01-05T12:00:00Z")
    hours = (await read(strict, "manpower", log_date=BEFORE)).json()[0]["man_hours"]
    assert hours == "48.0"
    assert await violations(strict) == []


async def test_the_two_addresses_of_the_weather_show_the_same_rows(strict: Client) -> None:
    made = await write(strict, "weather", 200, date=TODAY, sky="Clear", is_weather_delay=0)
    newer = await strict.http.get("/rest/v1.1/projects/101/daily_logs/weather_logs", params={"filters[status]": "all"})
    assert made["id"] in [row["id"] for row in newer.json()]
    assert (await strict.http.delete(LOGS.format(f"weather_logs/{made['id']}"))).status_code == 200
    assert made["id"] not in [row["id"] for row in (await read(strict, "weather")).json()]


async def test_below_admin_only_approved_rows_are_shown(strict: Client) -> None:
    await strict.control("POST", "state/manpower_logs", {"project_id": 101, "date": TODAY, "status": "pending"})
    assert len((await read(strict, "manpower")).json()) == 2
    level = {"project_id": 101, "tool": "daily_log", "who": "service", "level": "read_only"}
    await strict.control("POST", "state/tool_permissions", level)
    assert len((await read(strict, "manpower")).json()) == 1
