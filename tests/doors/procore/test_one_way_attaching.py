"""What people add to a day in the drive becomes an attachment of its Daily Log (C5), against the strict sandbox."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.file_ports import FileCallFailed, FileTrouble, OutcomeUnknown
from maestro_procore.model.file_items import FileItem
from tests.doors.procore.test_one_way import Site, content, running, site

__all__ = ["running", "site"]
DAY, FOLDER = "2026-11-20", "daily_log-2026-11-20"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "sent"
    made.write_bytes(b"%PDF bon de livraison")
    return made


def day_with_a_log(site: Site, day: str = DAY) -> None:
    site.control("POST", "state/notes_logs", {"project_id": site.project, "date": day, "comment": "Coffrage"})


def notes(site: Site, day: str = DAY) -> list[dict[str, Any]]:
    """The notes of a day that have something attached."""
    rows = site.control("GET", "state/notes_logs")
    return [row for row in rows if row["date"] == day and row["attachments"]]


@contextmanager
def fault(site: Site, **planted: Any) -> Iterator[None]:
    site.control("POST", "faults", planted)
    try:
        yield
    finally:
        site.control("DELETE", "faults")


@pytest.fixture(params=["both", "uploads"])
def ways(site: Site, request: pytest.FixtureRequest) -> Iterator[str]:
    """How this Procore takes files: inside the call, or as uploads only."""
    site.running.sandbox.switches.change({"log_attachments": request.param})
    yield request.param
    site.running.sandbox.switches.change({"log_attachments": "both"})


async def test_f187_a_file_added_to_a_day_is_attached_to_its_log_and_comes_back_as_itself(
    site: Site, file: Path, tmp_path: Path, ways: str
) -> None:
    day = {"both": "2026-11-18", "uploads": "2026-11-19"}[ways]
    day_with_a_log(site, day)
    first = await site.round("daily_log")
    store = site.store("daily_log", attaches=True, language="fr")
    name = "Bon de livraison nº 12 : béton.pdf"
    made = await store.upload(f"daily_log-{day}", name, file)
    assert (made.name, made.parent_id, made.is_folder) == (name, f"daily_log-{day}", False)
    (note,) = notes(site, day)
    assert note["comment"] == f"Ajouté dans le lecteur\xa0: {name}"
    assert site.calls.takes_attachments is (ways == "both")
    site.known[made.id] = made
    second = await site.round("daily_log", first.cursor)
    assert {item.id for item in second.items} == {f"daily_log-{day}/pdf"}
    assert site.known[made.id] == made
    assert await content(site.store("daily_log"), made, tmp_path) == file.read_bytes()


async def test_f184_nothing_is_attached_where_nobody_asked_for_it(site: Site, file: Path) -> None:
    """DOC-40: off by default; of no other tool, and only in the folder of a day."""
    day_with_a_log(site)
    before = len(site.control("GET", "calls"))
    for store, parent in (
        (site.store("daily_log"), FOLDER),
        (site.store("rfis", attaches=True), "rfis-1"),
        (site.store("daily_log", attaches=True), "daily_log"),
        (site.store("daily_log", attaches=True), "daily_log-../x"),
    ):
        with pytest.raises(FileCallFailed) as failed:
            await store.upload(parent, "x.pdf", file)
        assert (failed.value.trouble, failed.value.problem.code) == (FileTrouble.REFUSED, "DOC-40")
    store = site.store("daily_log", attaches=True)
    for write in (
        store.new_version(FileItem(f"{FOLDER}/a1", FOLDER, "x", False), file),
        store.create_folder(FOLDER, "x"),
        store.delete(FileItem(f"{FOLDER}/a1", FOLDER, "x", False)),
    ):
        with pytest.raises(FileCallFailed):
            await write
    assert len(site.control("GET", "calls")) == before


async def test_a_try_whose_answer_was_lost_is_looked_for_before_it_is_made_again(site: Site, file: Path) -> None:
    day_with_a_log(site, "2026-11-17")
    store = site.store("daily_log", attaches=True)
    with (
        fault(site, path="*/notes_logs", method="POST", cut="after", times=1),
        pytest.raises(OutcomeUnknown),
    ):
        await store.upload("daily_log-2026-11-17", "a.pdf", file)
    tried_at = site.calls.clock.now() - timedelta(seconds=5)
    again = await site.store("daily_log", attaches=True, language="fr").upload(
        "daily_log-2026-11-17", "a.pdf", file, tried_at=tried_at
    )
    (note,) = notes(site, "2026-11-17")
    assert again.id == f"daily_log-2026-11-17/a{note['attachments'][0]['id']}"
    other = await store.upload("daily_log-2026-11-17", "b.pdf", file, tried_at=tried_at)
    assert (len(notes(site, "2026-11-17")), other.name) == (2, "b.pdf")


REFUSALS: dict[str, Callable[[Site], Any]] = {
    "a closed day": lambda site: fault(site, path="*/notes_logs", method="POST", status=422, times=2),
    "no right to write": lambda site: fault(site, path="*/notes_logs", method="POST", status=403, times=2),
    "a tool that is off": lambda site: fault(site, path="*/notes_logs", method="POST", status=404, times=2),
}


@pytest.mark.parametrize("why", REFUSALS)
async def test_a_log_that_takes_no_file_leaves_the_file_and_says_why(site: Site, file: Path, why: str) -> None:
    """DOC-64: of this file alone, so that the days go on being copied."""
    day_with_a_log(site)
    with REFUSALS[why](site), pytest.raises(FileCallFailed) as failed:
        await site.store("daily_log", attaches=True).upload(FOLDER, "x.pdf", file)
    assert (failed.value.trouble, failed.value.problem.code) == (FileTrouble.REFUSED, "DOC-64")
    assert failed.value.problem.args["reason"]
    assert notes(site) == []


async def test_a_procore_that_keeps_no_file_gets_no_empty_entry(site: Site, file: Path) -> None:
    """DOC-66."""
    day_with_a_log(site)
    before = len(site.control("GET", "state/notes_logs"))
    site.running.sandbox.switches.change({"log_attachments": "ignored"})
    try:
        with pytest.raises(FileCallFailed) as failed:
            await site.store("daily_log", attaches=True).upload(FOLDER, "x.pdf", file)
    finally:
        site.running.sandbox.switches.change({"log_attachments": "both"})
    assert failed.value.problem.args["reason"] == {"code": "DOC-66", "args": {}}
    assert len(site.control("GET", "state/notes_logs")) == before


async def test_a_name_that_procore_would_show_shortened_is_left(site: Site, file: Path) -> None:
    """DOC-65."""
    with pytest.raises(FileCallFailed) as failed:
        await site.store("daily_log", attaches=True).upload(FOLDER, "x" * 197 + ".pdf", file)
    assert failed.value.problem.args["reason"]["code"] == "DOC-65"


@pytest.mark.parametrize("second", [{"cut": "after"}, {"status": 503}])
async def test_f187_an_outage_while_the_other_way_of_sending_is_tried_is_no_refusal(
    site: Site, file: Path, second: dict[str, Any]
) -> None:
    """The first way is refused; what the second one brought is not known, and looked for: never put aside."""
    day_with_a_log(site, "2026-11-16")
    site.calls.takes_attachments = None
    store = site.store("daily_log", attaches=True)
    posted = {"path": "*/notes_logs", "method": "POST", "times": 1}
    site.control("POST", "faults", [{**posted, "status": 422}, {**posted, **second}])
    try:
        with pytest.raises(OutcomeUnknown):
            await store.upload("daily_log-2026-11-16", "a.pdf", file)
    finally:
        site.control("DELETE", "faults")
    tried_at = site.calls.clock.now() - timedelta(seconds=5)
    await store.upload("daily_log-2026-11-16", "a.pdf", file, tried_at=tried_at)
    assert len(notes(site, "2026-11-16")) == 1


async def test_f187_a_note_that_got_no_file_is_taken_away_by_the_next_try_as_well(site: Site, file: Path) -> None:
    """Cut between the note and its removal: of this file one note stays, the one that has it."""
    day = "2026-11-15"
    day_with_a_log(site, day)
    site.calls.takes_attachments = None
    store = site.store("daily_log", attaches=True)
    tried_at = site.calls.clock.now() - timedelta(seconds=5)
    site.running.sandbox.switches.change({"log_attachments": "ignored"})
    try:
        with (
            fault(site, path="*/notes_logs/*", method="DELETE", cut="before", times=1),
            pytest.raises(OutcomeUnknown),
        ):
            await store.upload(f"daily_log-{day}", "a.pdf", file)
    finally:
        site.running.sandbox.switches.change({"log_attachments": "both"})
    await store.upload(f"daily_log-{day}", "a.pdf", file, tried_at=tried_at)
    rows = [row for row in site.control("GET", "state/notes_logs") if row["date"] == day]
    assert [len(row["attachments"]) for row in rows if "a.pdf" in row["comment"]] == [1]
