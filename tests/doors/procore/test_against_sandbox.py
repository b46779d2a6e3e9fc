"""The client and the gate against the sandbox's real loopback server: strict lists, both limits, planted faults."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from maestro_procore.engine.gate import CallGate
from maestro_procore.logs import Secret
from maestro_procore.model.pacing import Budget
from maestro_procore.ports import CallFailed, CallRecord, Trouble
from maestro_procore.procore.catalogue import RESOURCES
from maestro_procore.procore.client import ProcoreClient
from maestro_procore.procore.connection import Connection
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox
from maestro_procore.sandbox.start_data import StartData
from tests.doors.procore.fake_procore import JumpClock

PROCORE_COMPANY = 598134325700001


def world(projects: int = 3, vendors: int = 3) -> StartData:
    """A company with that many projects and vendors; every tenth is inactive."""
    created = "2026-01-05T08:00:00Z"
    return StartData(
        {"m_company": [{"company_id": 1, "name": "Constructions Lévis"}]},
        {
            "companies": [{"id": PROCORE_COMPANY, "name": "Constructions Lévis"}],
            "project_stages": [{"id": 11, "name": "Bidding"}],
            "project_templates": [{"id": 21, "name": "Bâtiment"}],
            "projects": [
                {"id": 1000 + n, "name": f"Chantier {n}", "active": n % 10 != 0, "created_at": created}
                for n in range(1, projects + 1)
            ],
            "vendors": [
                {"id": 50_000 + n, "name": f"Fournisseur {n} ltée", "is_active": n % 10 != 0, "created_at": created}
                for n in range(1, vendors + 1)
            ],
        },
    )


class Connected:
    """A sandbox on a loopback port, a gate and a client on one clock that passes only in naps."""

    def __init__(self, running: RunningSandbox, clock: JumpClock) -> None:
        self.running, self.clock = running, clock
        self.budget = Budget()
        self.waits: list[Any] = []
        self.records: list[CallRecord] = []
        self.gate = CallGate(clock, lambda: self.budget, self._keep, self._tell, lambda: False)
        line = running.start_line
        connection = Connection(
            api_url=line["procore_api"],
            client_id=line["client_id"],
            client_secret=Secret(line["client_secret"]),
            company_id=line["company_id"],
        )
        self.client = ProcoreClient(connection, self.gate, self.records.append, clock=clock, total_seconds=10)

    def _keep(self, budget: Budget) -> None:
        self.budget = budget

    async def _tell(self, at: Any) -> None:
        self.waits.append(at)

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(verb, f"{self.running.start_line['control']}/{path}", json=body, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def statuses(self) -> list[int | None]:
        return [call["status"] for call in self.control("GET", "calls") if call["api"] == "procore"]


@pytest.fixture
def connect() -> Iterator[Any]:
    """connect(data, ahead=seconds, **options of the sandbox)"""
    running: list[RunningSandbox] = []

    def start(data: StartData | None = None, ahead: float = 0.0, **options: Any) -> Connected:
        clock = JumpClock()
        theirs = SandboxClock(unix_time=lambda: clock.time.timestamp() + ahead)
        sandbox = RunningSandbox(SandboxOptions(**options), data=data or world(), clock=theirs)
        running.append(sandbox.start())
        return Connected(sandbox, clock)

    yield start
    for sandbox in running:
        sandbox.stop()


async def read_all(connected: Connected, resource: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    number, has_next = 1, True
    while has_next:
        page = await connected.client.read_page(resource, number, None)
        rows += page.rows
        number, has_next = number + 1, page.has_next
    return rows


async def test_every_list_and_bulk_call_keeps_to_the_document(connect):
    """The strict sandbox refuses what breaks Procore's OpenAPI file."""
    connected = connect(strict=True)
    async with connected.client as client:
        for name in (name for name, row in RESOURCES.items() if row.path and not row.place):
            await client.read_page(name, 1, connected.clock.now() if RESOURCES[name].can_filter_changes else None)
        await client.me()
        await client.synchronize("projects", [{"name": "École Saint-Paul", "origin_id": "MST:A:projects:1"}])
        await client.synchronize("vendors", [{"name": "Béton Lévis", "origin_id": "MST:A:suppliers:1"}])
    calls = connected.control("GET", "calls")
    assert [call["violation"] for call in calls if call["violation"]] == []
    assert {call["status"] for call in calls} == {200}


async def test_long_lists_take_the_fewest_pages_and_miss_nothing(connect):
    """650 projects are ⌈650/300⌉ calls, open and closed ones; 2,001 vendors with inactive ones 1 + 1."""
    connected = connect(world(projects=650, vendors=2_100))
    async with connected.client:
        projects = await read_all(connected, "projects")
        vendors = await read_all(connected, "vendors") + await read_all(connected, "vendors-inactive")
    assert {row["id"] for row in projects} == {1000 + n for n in range(1, 651)}
    assert {row["id"] for row in vendors} == {50_000 + n for n in range(1, 2_101)}
    assert connected.statuses() == [200] * 5


async def test_only_what_changed_since_comes_back(connect):
    connected = connect()
    async with connected.client as client:
        before = (await client.read_page("vendors", 1, None)).server_time
        connected.clock.time += timedelta(hours=1)
        connected.control("POST", "state/vendors", {"id": 50_002, "city": "Lévis"})
        page = await client.read_page("vendors", 1, before)
    assert [(row["id"], row["city"]) for row in page.rows] == [(50_002, "Lévis")]


async def test_each_record_of_a_bulk_call_has_its_own_result(connect):
    connected = connect()
    async with connected.client as client:
        answer = await client.synchronize(
            "vendors", [{"name": "Neuf inc.", "origin_id": "MST:A:suppliers:9"}, {"id": 404, "name": "Perdu"}]
        )
    assert [row["origin_id"] for row in answer.entities] == ["MST:A:suppliers:9"]
    assert list(answer.errors[0]["errors"]) == ["id"]


@pytest.mark.parametrize("ahead", [0, 3_600, -86_400], ids=["same clock", "an hour ahead", "a day behind"])
async def test_a_small_hour_is_waited_out_and_never_exceeded(connect, ahead):
    """`--hourly-limit 2 --hour-seconds 60`: F3, F4, and a computer whose clock is wrong."""
    connected = connect(hourly_limit=2, hour_seconds=60, ahead=ahead)
    started = connected.clock.now()
    async with connected.client as client:
        for _ in range(7):
            await client.read_page("projects", 1, None)
    assert connected.statuses() == [200] * 7
    took = connected.clock.now() - started
    assert timedelta(seconds=3 * 60) <= took <= timedelta(seconds=3 * 62)
    assert [wait is None for wait in connected.waits] == [False, True] * 3


async def test_f160_many_callers_stay_below_both_limits(connect):
    connected = connect(hourly_limit=90, hour_seconds=600, spike_limit=25)
    async with connected.client as client:

        async def caller() -> None:
            for _ in range(25):
                await client.read_page("project_stages", 1, None)

        await asyncio.gather(*(caller() for _ in range(4)))
    assert connected.statuses() == [200] * 100


async def test_a_planted_429_is_no_failure(connect):
    connected = connect()
    connected.control("POST", "faults", {"path": "*/vendors", "status": 429, "body": {"message": "limit"}})
    async with connected.client as client:
        assert len((await client.read_page("vendors", 1, None)).rows) == 3
    assert connected.statuses() == [429, 200]


async def test_an_answer_lost_after_the_work_was_done_is_an_unknown_outcome(connect):
    """F2."""
    connected = connect()
    connected.control("POST", "faults", {"method": "PATCH", "cut": "after"})
    async with connected.client as client:
        with pytest.raises(CallFailed) as caught:
            await client.synchronize("vendors", [{"name": "Neuf inc.", "origin_id": "MST:A:suppliers:9"}])
        assert (caught.value.trouble, caught.value.may_have_applied) == (Trouble.AGAIN, True)
        names = [row["name"] for row in (await client.read_page("vendors", 1, None)).rows]
    assert names.count("Neuf inc.") == 1


async def test_a_body_that_ends_early_is_cut_and_no_short_list(connect):
    connected = connect()
    connected.control("POST", "faults", {"path": "*/vendors", "truncate": 100})
    async with connected.client as client:
        with pytest.raises(CallFailed) as caught:
            await client.read_page("vendors", 1, None)
    assert (caught.value.trouble, caught.value.problem.code) == (Trouble.AGAIN, "SRV-15")


async def test_a_token_that_dies_in_mid_run_is_renewed(connect):
    """F7."""
    connected = connect()
    async with connected.client as client:
        await client.me()
        connected.clock.time += timedelta(seconds=5_000)
        connected.control("POST", "faults", {"api": "procore", "status": 401, "body": {"message": "invalid"}})
        await client.me()
    assert connected.statuses() == [200, 401, 200]
    assert [record.api for record in connected.records].count("login") == 2


async def test_wrong_credentials_reach_no_list(connect):
    connected = connect()
    line = connected.running.start_line
    connection = Connection(
        api_url=line["procore_api"], client_id=line["client_id"], client_secret=Secret("wrong-secret"), company_id=1
    )
    async with ProcoreClient(connection, connected.gate, clock=connected.clock) as client:
        with pytest.raises(CallFailed) as caught:
            await client.read_page("projects", 1, None)
    assert (caught.value.trouble, caught.value.problem.code) == (Trouble.SIGN_IN, "CFG-03")
    assert connected.statuses() == []
