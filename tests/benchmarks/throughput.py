"""What pulling and pushing many records costs beside a bare HTTP loop that makes the same calls.

The program's own parts, from the client to the journal on disk, and the loop take turns, five each; medians are
compared. Twice: against the sandbox, as the figure is defined, and against recorded answers, where nobody thinks and
the loop is as quick as it can be (shown without a bar).
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import orjson
import sqlalchemy as sa

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.bulk_writes import carry_out
from maestro_procore.engine.gate import CallGate
from maestro_procore.engine.memory import collect_seldom
from maestro_procore.engine.own_lists import gather
from maestro_procore.engine.parts import Part
from maestro_procore.engine.planning import make_plan
from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.logs import Secret
from maestro_procore.model import pacing
from maestro_procore.model.rules import Scope
from maestro_procore.procore.client import ProcoreClient
from maestro_procore.procore.connection import Connection
from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.tables import RECORD
from tests.benchmarks.companies import company, say
from tests.benchmarks.replay import keep
from tests.engine.world import PlainSteps
from tests.programs import Row

RECORDS = 10_000
TURNS = 5
PAGE = 2_000
VENDORS = "/rest/v1.0/vendors"
RECORDED = {"client_id": "c", "client_secret": "s", "company_id": 1}


@dataclass(frozen=True)
class Server:
    """Where both sides call. line: what a sandbox says of itself."""

    address: str
    line: Row
    token: str = "replayed"

    @property
    def headers(self) -> dict[str, str]:
        """Of the bare loop."""
        return {"authorization": f"Bearer {self.token}", "procore-company-id": str(self.line["company_id"])}

    @property
    def inactive(self) -> str:
        return f"/rest/v1.0/companies/{self.line['company_id']}/vendors/inactive"


def recorded(address: str) -> Server:
    """The server of replay.py."""
    return Server(address, RECORDED)


def sandbox(line: Row) -> Server:
    """A sandbox, with a token for the bare loop."""
    address = line["procore_api"]
    asked = {"grant_type": "client_credentials", "client_id": line["client_id"], "client_secret": line["client_secret"]}
    answer = httpx.post(f"{line['procore_login']}/oauth/token", data=asked, trust_env=False).raise_for_status()
    return Server(address, line, answer.json()["access_token"])


class RealClock:
    """The wall clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def nap(self, length: Any) -> None:
        await asyncio.sleep(length.total_seconds())


class Engine:
    """Client, journal and maestro* company of one turn, in a folder of its own."""

    def __init__(self, folder: Path, server: Server, suppliers: Sequence[Row] = ()) -> None:
        folder.mkdir()
        collect_seldom()
        self.database = Database.of_file(folder / "journal.sqlite")
        self.database.bring_up_to_date()
        self.company = MaestroCompany(folder / "company.sqlite")
        self.company.create_schema()
        self.company.load_rows({"m_company": _the_company(), "m_supplier": suppliers})
        journal, clock = Journal(self.database), RealClock()
        line = server.line
        connection = Connection(
            api_url=server.address,
            login_url=server.address,
            client_id=line["client_id"],
            client_secret=Secret(line["client_secret"]),
            company_id=line["company_id"],
        )
        kept = [pacing.Budget()]
        gate = CallGate(clock, lambda: kept[0], lambda budget: kept.__setitem__(0, budget), _nobody, lambda: False)
        self.client = ProcoreClient(connection, gate, clock=clock)
        self.doors = Doors(journal, self.company, clock, self._procore)
        wish = {"element": "suppliers", "scope": "all", "keys": None, "project": None, "mode": "full"}
        request = journal.submit({**wish, "is_preview": False, "requested_by": "benchmark"}, clock.now())[0]
        self.part = Part(request, "suppliers", Scope())
        self.steps = PlainSteps(journal)

    async def _procore(self) -> ProcoreClient:
        return self.client

    async def pull(self) -> int:
        """Reads, decodes, maps and stores; no plan. Records now in the journal."""
        await gather(self.steps, self.doors, self.part, {"read_from": None}, {})
        with self.database.read() as tx:
            return int(tx.execute(sa.select(sa.func.count()).select_from(RECORD)).scalar_one())

    async def planned(self) -> list[int]:
        """The plan, written down."""
        return list((await make_plan(self.doors, self.part))["batches"])

    async def push(self, batches: Sequence[int]) -> int:
        """Sends, reads each record's answer, stores links and results. Records linked."""
        await carry_out(self.steps, self.doors, self.part, batches)
        return int(self.doors.journal.count_links())

    async def close(self) -> None:
        await self.client.aclose()
        self.company.close()
        self.database.close()


async def _nobody(_until: datetime | None) -> None:
    return None


def _the_company() -> list[Row]:
    return list(company("small").company["m_company"])


def many_vendors() -> list[Row]:
    """Start rows of a sandbox: enough vendors, each with every field that the training company knows."""
    pattern = company("small").procore
    rows = [
        {**row, "id": 500_000_000_000_000 + n, "name": f"{row['name']} {n}", "is_active": True}
        for n, row in zip(range(RECORDS), cycle(pattern["vendors"]), strict=False)
    ]
    return [{name: value for name, value in row.items() if name != "origin_code"} for row in rows]


async def record_vendors(server: Server, folder: Path) -> None:
    """Keeps the pages of both lists as the sandbox shows them."""
    async with httpx.AsyncClient(headers=server.headers, trust_env=False) as http:
        rows = []
        for page in range(1, RECORDS // PAGE + 1):
            rows += (await http.get(f"{server.address}{VENDORS}", params=_query(server, page))).json()
    keep(folder, VENDORS, rows, PAGE)
    keep(folder, recorded("").inactive, [], PAGE)


def many_suppliers(turn: int) -> list[Row]:
    """Suppliers of maestro* that Procore does not know."""
    pattern = next(row for row in company("small").company["m_supplier"] if row["status"] == "A")
    return [
        {**pattern, "supplier_code": f"{turn}F{n:06d}", "name": f"Fournisseur {turn}-{n:06d} inc."}
        for n in range(RECORDS)
    ]


def _query(server: Server, page: int) -> Row:
    return {"company_id": server.line["company_id"], "page": page, "per_page": PAGE, "view": "extended"}


async def bare_pull(server: Server) -> int:
    """The same pages with a plain client, decoded and nothing else."""
    count = 0
    async with httpx.AsyncClient(headers=server.headers, trust_env=False, timeout=60) as http:
        for path, pages in ((VENDORS, RECORDS // PAGE), (server.inactive, 1)):
            for page in range(1, pages + 1):
                answer = await http.get(f"{server.address}{path}", params=_query(server, page))
                count += len(orjson.loads(answer.content))
    return count


async def bare_push(server: Server, batches: Sequence[Sequence[Row]]) -> int:
    """Equal bodies under other origin ids with a plain client, the answers decoded and nothing else."""
    bodies = [[{**row, "origin_id": f"{row['origin_id']}-bare"} for row in batch] for batch in batches]
    count = 0
    async with httpx.AsyncClient(headers=server.headers, trust_env=False, timeout=60) as http:
        for body in bodies:
            sent = orjson.dumps({"company_id": server.line["company_id"], "updates": body})
            answer = await http.patch(
                f"{server.address}{VENDORS}/sync", content=sent, headers={"content-type": "application/json"}
            )
            count += len(orjson.loads(answer.content)["entities"])
    return count


async def timed(name: str, work: Callable[[], Awaitable[int]]) -> float:
    """Records a second. Every record has to be there at the end."""
    began = time.perf_counter()
    count = await work()
    seconds = time.perf_counter() - began
    if count != RECORDS:
        raise AssertionError(f"{name}: {count} records instead of {RECORDS}")
    say(f"{name}: {count / seconds:,.0f} records/s")
    return count / seconds


def figures(ours: Sequence[float], bare: Sequence[float], ending: str = "") -> dict[str, float]:
    """Medians of both, and the one against the other. ending: of the figures' names."""
    mine, plain = statistics.median(ours), statistics.median(bare)
    return {
        f"ratio{ending}": round(mine / plain, 3),
        f"records_a_second{ending}": round(mine),
        f"bare_records_a_second{ending}": round(plain),
    }
