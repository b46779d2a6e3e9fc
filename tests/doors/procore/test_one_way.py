"""The tools that are only copied, through our door, against the strict sandbox with the training company's sites."""

import re
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from maestro_procore.engine.file_binding import TOOL_NAMES
from maestro_procore.engine.file_commands import FLOWS
from maestro_procore.engine.gate import CallGate
from maestro_procore.file_ports import Changes, FileCallFailed, FileTrouble
from maestro_procore.logs import Secret
from maestro_procore.model.file_items import FileItem, Flow, Gone, Waiting
from maestro_procore.model.pacing import Budget
from maestro_procore.procore.connection import Connection
from maestro_procore.procore.file_calls import ProcoreFiles
from maestro_procore.procore.one_way import ONE_WAY
from maestro_procore.procore.one_way_store import OneWayStore
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox
from maestro_procore.sandbox.start_data import StartData
from maestro_procore.sandbox.training_company import generate
from tests.doors.procore.fake_procore import JumpClock
from tests.doors.procore.test_documents_store import Known


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    made = generate("small")
    clock = JumpClock()
    clock.time = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    options = SandboxOptions(strict=True, hourly_limit=10_000, spike_limit=10_000)
    with RunningSandbox(
        options,
        data=StartData(made.company, made.procore),
        clock=SandboxClock(unix_time=lambda: clock.time.timestamp()),
    ) as sandbox:
        sandbox.passing = clock
        sandbox.project = made.procore["projects"][0]["id"]
        yield sandbox


@dataclass
class Site:
    """One project with its connection, and what the rounds so far have shown of a tool."""

    running: RunningSandbox
    calls: ProcoreFiles
    project: int
    known: dict[str, FileItem] = field(default_factory=dict)

    def store(self, tool: str, **more: Any) -> OneWayStore:
        """A new one for each round, as the engine does."""
        return OneWayStore(
            tool, self.calls, self.project, self.calls.clock, known=lambda: self.known, project="École", **more
        )

    async def round(self, tool: str, cursor: str | None = None) -> Changes:
        """Looks, and keeps what it sees as the engine keeps it."""
        changes = await self.store(tool).changes(cursor, Known(tool))
        if changes.is_whole:
            self.known = {}
        for one in changes.gone:
            self.known.pop(one, None)
        self.known |= {item.id: item for item in changes.items}
        return changes

    @property
    def paths(self) -> dict[str, FileItem]:
        """Path → item of everything known."""

        def path(item: FileItem) -> str:
            above = self.known.get(item.parent_id)
            return f"{path(above)}/{item.name}" if above else item.name

        return {path(item): item for item in self.known.values()}

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(verb, f"{self.running.start_line['control']}/{path}", json=body, trust_env=False)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def violations(self) -> list[Any]:
        return [call for call in self.control("GET", "calls") if call["violation"]]


@pytest.fixture
async def site(running: RunningSandbox) -> AsyncIterator[Site]:
    clock = running.passing
    kept = [Budget()]

    async def nobody(_until: object) -> None:
        return None

    gate = CallGate(clock, lambda: kept[0], lambda budget: kept.__setitem__(0, budget), nobody, lambda: False)
    line = running.start_line
    connection = Connection(
        api_url=line["procore_api"],
        client_id=line["client_id"],
        client_secret=Secret(line["client_secret"]),
        company_id=line["company_id"],
    )
    async with ProcoreFiles(connection, gate, clock=clock) as made:
        made.clock = clock
        site = Site(running, made, running.project)
        yield site
        broken = [(c["path"], c["query"], c["violation"]) for c in site.violations()]
        assert broken == []


def words_of(pdf: bytes) -> str:
    """What a PDF of ours shows, its strings one after the other."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    shown = b"".join(zlib.decompress(stream) for stream in streams)
    strings = re.findall(rb"\(((?:[^()\\]|\\.)*)\) ?Tj", shown)
    return " ".join(re.sub(rb"\\(.)", rb"\1", each).decode("cp1252") for each in strings)


async def content(store: OneWayStore, item: FileItem, into: Path) -> bytes:
    file = into / "content"
    file.unlink(missing_ok=True)
    await store.download(item, file)
    return file.read_bytes()


def test_f279_every_tool_that_is_copied_has_its_row_arrow_and_folder() -> None:
    """C5: a further tool is a further row in three tables."""
    copied = {tool for tool, flow in FLOWS.items() if flow is Flow.TO_DRIVE}
    assert copied == set(ONE_WAY)
    assert set(TOOL_NAMES) == set(FLOWS)


FIRST_OF: Mapping[str, str] = {
    "daily_log": "2026-{day}/2026-{day}.pdf",
    "rfis": "RFI 1 – Appui de la poutre P-14/Croquis RFI 1.pdf",
    "submittals": "1 – Membrane d'étanchéité – fiche technique/1 – Membrane d'étanchéité – fiche technique.pdf",
    "drawings": "Architecture/A-101 Plan du rez-de-chaussée.pdf",
    "specifications": "03 – Division 03/03 30 00 Béton coulé en place.pdf",
    "meetings": "1 – Réunion de chantier nº 11/Réunion de chantier nº 11.pdf",
    "punch_list": "1 – Retouche de peinture, local 204/Photo.jpg",
    "observations": "1 – Garde-corps manquant, étage 2/Garde-corps.jpg",
}


@pytest.mark.parametrize("tool", sorted(FIRST_OF))
async def test_f127_f128_what_a_tool_holds_stands_in_folders_and_can_be_fetched(
    site: Site, tool: str, tmp_path: Path
) -> None:
    await site.round(tool)
    found = site.paths
    if tool == "daily_log":
        assert [path for path in found if re.fullmatch(r"2026-\d\d-\d\d/2026-\d\d-\d\d\.pdf", path)]
    else:
        assert FIRST_OF[tool] in found, sorted(found)
    store = site.store(tool)
    for item in site.known.values():
        if not item.is_folder:
            got = await content(store, item, tmp_path)
            assert got, item.name
            assert got.startswith(b"%PDF") or not item.id.endswith("/pdf")


@pytest.mark.parametrize("tool", sorted(ONE_WAY))
async def test_a_second_look_shows_nothing_new_and_opens_no_record(site: Site, tool: str) -> None:
    first = await site.round(tool)
    before = dict(site.known)
    second = await site.round(tool, first.cursor)
    assert (list(second.items), second.gone) == ([], {})
    whole = await site.round(tool)
    assert site.known == before
    assert whole.calls <= 9


async def test_nothing_is_written_into_a_tool_that_is_only_copied(site: Site, tmp_path: Path) -> None:
    """F127, DOC-40."""
    store = site.store("rfis")
    seen = FileItem("rfis-1", "rfis", "RFI 1", True)
    before = len(site.control("GET", "calls"))
    for write in (
        store.upload("rfis", "x.pdf", tmp_path),
        store.new_version(seen, tmp_path),
        store.create_folder("rfis", "x"),
        store.rename_or_move(seen, name="y", parent_id="rfis"),
        store.delete(seen),
        store.restore_version(seen, "1"),
        store.probe("rfis"),
    ):
        with pytest.raises(FileCallFailed) as failed:
            await write
        assert (failed.value.trouble, failed.value.problem.code) == (FileTrouble.REFUSED, "DOC-40")
    assert len(site.control("GET", "calls")) == before


# --- changes --------------------------------------------------------------------------------------


def pdf_paths(site: Site) -> set[str]:
    return {path for path in site.paths if path.endswith(".pdf")}


async def test_f187_a_new_log_makes_a_file_for_its_date(site: Site, tmp_path: Path) -> None:
    """With accents and with what is attached; the days before are left alone."""
    first = await site.round("daily_log")
    before = dict(site.known)
    log = {"project_id": site.project, "date": "2026-11-23", "comment": "Coulée d'été à -5 °C : cœur gelé, 3 000 $"}
    site.control("POST", "state/notes_logs", {**log, "attachments": [{"name": "Reçu.txt", "content": "reçu"}]})
    second = await site.round("daily_log", first.cursor)
    assert {item.name for item in second.items} == {"2026-11-23", "2026-11-23.pdf", "Reçu.txt"}
    assert before.items() <= site.known.items()
    assert (second.gone, second.is_whole) == ({}, False)
    store = site.store("daily_log", language="fr")
    words = words_of(await content(store, site.paths["2026-11-23/2026-11-23.pdf"], tmp_path))
    for part in ("Journal de chantier – 23", "Remarques et commentaires", "cœur gelé", "Reçu.txt", "École"):
        assert part in words.replace("\xa0", " "), words
    assert await content(store, site.paths["2026-11-23/Reçu.txt"], tmp_path) == "reçu".encode()


async def test_the_same_log_gives_the_same_bytes_in_every_run(site: Site, tmp_path: Path) -> None:
    await site.round("daily_log")
    item = next(item for path, item in site.paths.items() if item.id.endswith("/pdf"))
    one = await content(site.store("daily_log"), item, tmp_path)
    site.calls.clock.time = site.calls.clock.time.replace(minute=45)
    assert await content(site.store("daily_log"), item, tmp_path) == one
    french = await content(site.store("daily_log", language="fr"), item, tmp_path)
    assert ("Daily Log" in words_of(one), "Journal de chantier" in words_of(french)) == (True, True)


async def test_a_log_of_a_day_long_past_comes_with_the_whole_reading(site: Site) -> None:
    """A quick look reads two weeks: it neither finds an older day nor takes one for gone."""
    first = await site.round("daily_log")
    log = {"project_id": site.project, "date": "2026-03-02", "comment": "oublié"}
    site.control("POST", "state/notes_logs", log)
    quick = await site.round("daily_log", first.cursor)
    assert (list(quick.items), quick.gone) == ([], {})
    await site.round("daily_log")
    assert "2026-03-02/2026-03-02.pdf" in site.paths
    again = await site.round("daily_log", quick.cursor)
    assert (list(again.items), again.gone) == ([], {})


async def test_f128_a_changed_rfi_is_opened_and_the_others_are_not(site: Site, tmp_path: Path) -> None:
    first = await site.round("rfis")
    site.calls.clock.time = site.calls.clock.time.replace(hour=16)
    [row] = [row for row in site.control("GET", "state/rfis") if row["number"] == "2"][:1]
    wanted = {"id": row["id"], "subject": "Teinte : côté sud"}
    site.control("POST", "state/rfis", wanted)
    second = await site.round("rfis", first.cursor)
    mine = f"rfis-{row['id']}"
    assert {item.id for item in second.items if item.is_folder} == {mine}
    assert {item.id for item in second.items} >= {mine, f"{mine}/pdf"}
    assert second.calls == 2
    assert "RFI 2 – Teinte : côté sud/RFI 2 – Teinte : côté sud.pdf" in site.paths


async def test_a_record_that_left_a_whole_list_is_gone_with_all_that_was_in_it(site: Site) -> None:
    first = await site.round("punch_list")
    made = site.control(
        "POST", "state/punch_items", {"project_id": site.project, "name": "De trop", "attachments": [{"name": "a.txt"}]}
    )
    await site.round("punch_list", first.cursor)
    mine = {one for one in site.known if one.startswith(f"punch_list-{made['id']}")}
    assert len(mine) == 3
    site.control("DELETE", f"state/punch_items/{made['id']}")
    third = await site.round("punch_list", first.cursor)
    assert third.gone == dict.fromkeys(mine, Gone.LISTING)


async def test_a_new_revision_is_a_new_version_of_its_drawing(site: Site, tmp_path: Path) -> None:
    first = await site.round("drawings")
    path = "Structure/S-201 Fondations.pdf"
    before = site.paths[path]
    rows = [row for row in site.control("GET", "state/drawing_revisions") if str(row["id"]) == before.version]
    fields = {name: rows[0][name] for name in ("drawing_id", "number", "title", "discipline", "drawing_area")}
    more = {
        "project_id": site.project,
        "drawing_date": "2026-11-20",
        "revision_number": "9",
        "current": True,
        "content": "%PDF new",
    }
    site.control("POST", "state/drawing_revisions", {**fields, **more})
    second = await site.round("drawings", first.cursor)
    [item] = second.items
    assert (item.id, site.paths[path].version != before.version) == (before.id, True)
    assert await content(site.store("drawings"), item, tmp_path) == b"%PDF new"
    with pytest.raises(FileCallFailed) as failed:
        await site.store("daily_log").download(FileItem("daily_log-2020-01-05/pdf", "", "x", False), tmp_path / "x")
    assert failed.value.trouble is FileTrouble.GONE


async def test_where_procore_has_no_pdf_of_a_record_ours_is_made(site: Site, tmp_path: Path) -> None:
    """A store that never listed anything opens the record first, as after a restart."""
    await site.round("rfis")
    item = next(item for path, item in site.paths.items() if path.endswith("RFI 1 – Appui de la poutre P-14.pdf"))
    site.control("POST", "faults", {"path": "*.pdf", "status": 404, "times": 1})
    try:
        words = words_of(await content(site.store("rfis", language="fr"), item, tmp_path))
    finally:
        site.control("DELETE", "faults")
    for part in ("RFI 1 – Appui de la poutre P-14", "Quelle longueur d'appui faut-il prévoir ?", "Croquis RFI 1.pdf"):
        assert part in words, words


@pytest.mark.parametrize(
    ("tool", "collection", "word"),
    [
        ("rfis", "rfis", "private"),
        ("submittals", "submittals", "private"),
        ("observations", "observations_items", "personal"),
    ],
)
async def test_what_is_private_in_procore_is_not_copied_unless_somebody_asked(
    site: Site, tool: str, collection: str, word: str, tmp_path: Path
) -> None:
    """FIL-30: it stands in the report by its number; its copy leaves the drive, and comes back when it is public."""
    first = await site.round(tool)
    before = dict(site.known)
    row = min(
        (row for row in site.control("GET", f"state/{collection}") if f"{tool}-{row['id']}" in before),
        key=lambda row: row["id"],
    )
    mine = f"{tool}-{row['id']}"
    site.control("POST", f"state/{collection}", {"id": row["id"], word: True})
    second = await site.round(tool, first.cursor)
    assert set(second.gone) == {one for one in before if one == mine or one.startswith(f"{mine}/")}
    (item,) = second.items
    assert (item.id, item.waiting, item.is_folder) == (f"{mine}-private", Waiting.PRIVATE, True)
    assert str(row.get("subject") or row.get("title") or row.get("name")) not in item.name
    asked = await site.store(tool, copies_private=True).changes(None, Known(tool))
    assert {one.id for one in asked.items} == set(before)
    site.control("POST", f"state/{collection}", {"id": row["id"], word: False})
    third = await site.round(tool, first.cursor)
    assert (set(third.gone), set(site.known)) == ({f"{mine}-private"}, set(before))


@pytest.mark.parametrize("tool", sorted(ONE_WAY))
@pytest.mark.parametrize(("status", "trouble"), [(404, FileTrouble.GONE), (403, FileTrouble.FORBIDDEN)])
async def test_f217_a_tool_that_is_off_or_hidden_is_found_with_one_call(
    site: Site, tool: str, status: int, trouble: FileTrouble
) -> None:
    """Before the first plan; the engine says DOC-67 or DOC-30."""
    before = len(site.control("GET", "calls"))
    assert (await site.store(tool).root()).id == tool
    assert len(site.control("GET", "calls")) - before <= 2  # one of them may be a new token
    site.control("POST", "faults", {"api": "procore", "method": "GET", "status": status, "times": 1})
    try:
        with pytest.raises(FileCallFailed) as failed:
            await site.store(tool).root()
    finally:
        site.control("DELETE", "faults")
    assert failed.value.trouble is trouble


@pytest.mark.parametrize(("tool", "path"), [("rfis", "*/rfis"), ("drawings", "*/drawing_revisions")])
async def test_a_tool_that_is_empty_at_once_is_asked_for_what_it_held(site: Site, tool: str, path: str) -> None:
    """F10, F21, DOC-68: a list of nothing is believed only when its records are not to be had either."""
    first = await site.round(tool)
    before = dict(site.known)
    empty = {"api": "procore", "method": "GET", "path": path, "status": 200, "body": [], "times": None}
    site.control("POST", "faults", empty)
    try:
        for cursor in (None, first.cursor):
            with pytest.raises(FileCallFailed) as failed:
                await site.round(tool, cursor)
            assert (failed.value.trouble, failed.value.problem.code) == (FileTrouble.AGAIN, "DOC-68")
        site.control("POST", "faults", {**empty, "path": f"{path}/*", "status": 404})
        gone = await site.store(tool).changes(first.cursor, Known(tool))
    finally:
        site.control("DELETE", "faults")
    assert (gone.gone.keys(), site.known) == (before.keys(), before)
