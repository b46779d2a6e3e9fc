"""The integrity proof: both sides are listed anew, compared with what was agreed, and the report is signed."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from maestro_procore import i18n
from maestro_procore.cli import documents_proof
from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem
from maestro_procore.store.file_tables import AGREED, PAIR, PROJECT, SEEN, STEP
from maestro_procore.store.report_keys import ReportKey, is_intact
from maestro_procore.store.secrets import MemorySecrets
from tests.engine.file_world import FileWorld

TOP = "Procore/École Saint-Édouard/Documents"
WRITES = {"upload", "new_version", "create_folder", "rename_or_move", "delete", "probe"}


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    made = FileWorld(tmp_path)
    made.procore.put("Plans/A-101.pdf", b"%PDF plan")
    made.procore.put("Plans/Anciens")
    made.procore.put("note.txt", b"hello")
    return made


async def proved(world: FileWorld) -> dict[str, Any]:
    said = await world.run(world.commands.prove(1))
    found = world.journal.file_proof_of(said["id"])
    assert found is not None, said["problem"]
    return {**found, "state": said["state"], "problem": said["problem"]}


def causes(proof: dict[str, Any]) -> dict[str, set[tuple[str, str, str]]]:
    """Weight → (cause, side, path)."""
    told: dict[str, set[tuple[str, str, str]]] = {}
    for each in proof["report"]["tools"][0]["differences"]:
        told.setdefault(each["weight"], set()).add((each["cause"], each["side"], each["path"]))
    return told


async def test_both_sides_in_step_are_proven_and_signed(world: FileWorld) -> None:
    await world.first()
    proof = await proved(world)
    assert (proof["state"], proof["agrees"], proof["problem"]) == ("done", True, None)
    counts = proof["report"]["tools"][0]["counts"]
    assert counts["proven"] == {"files": 2, "folders": 2, "size_bytes": 14}
    assert counts["proven"] == counts["agreed"] == counts["procore"] == counts["drive"]
    assert proof["report"]["made_by"] == "marie"


async def test_a_proof_changes_nothing_on_either_side_nor_what_is_known(world: FileWorld) -> None:
    await world.first()
    world.procore.put("neu.txt", b"new")
    before = _known(world)
    world.procore.calls.clear()
    world.drive.calls.clear()
    await proved(world)
    assert not WRITES & {*world.procore.calls, *world.drive.calls}
    assert _known(world) == before
    await world.run()
    assert world.copy == world.procore.tree(), "the next run still finds what was new"


def _known(world: FileWorld) -> list[list[tuple[Any, ...]]]:
    with world.database.read() as tx:
        return [[tuple(row) for row in tx.execute(sa.select(table))] for table in (PROJECT, PAIR, SEEN, AGREED, STEP)]


async def test_what_people_did_since_has_its_cause(world: FileWorld) -> None:
    await world.first()
    world.procore.put("Plans/A-101.pdf", b"%PDF plan, revised")
    world.procore.put("neu.txt", b"new")
    world.drive.move(f"{TOP}/Plans/Anciens", f"{TOP}/Archives")
    world.drive.remove(f"{TOP}/note.txt")
    proof = await proved(world)
    assert (proof["state"], proof["agrees"], proof["problem"]["code"]) == ("warned", False, "DOC-35")
    assert causes(proof) == {
        "pending": {
            ("changed", "procore", "Plans/A-101.pdf"),
            ("new", "procore", "neu.txt"),
            ("renamed", "drive", "Plans/Anciens"),
            ("moved", "drive", "Plans/Anciens"),
            ("deleted", "drive", "note.txt"),
        }
    }
    on = {each["path"]: each["on"] for each in proof["report"]["tools"][0]["differences"]}
    assert on == {
        "Plans/A-101.pdf": "both",
        "neu.txt": "procore",
        "Plans/Anciens": "both",
        "note.txt": "procore",
    }


async def test_f233_after_a_reset_nothing_is_compared_yet(world: FileWorld) -> None:
    """Both sides hold the same: that nothing is agreed makes none of it new."""
    await world.first()
    world.commands.reset(1)
    proof = await proved(world)
    assert (proof["state"], proof["agrees"]) == ("warned", False)
    assert {cause for cause, _, _ in causes(proof)["pending"]} == {"not_compared"}


async def test_the_command_line_says_which_side_holds_it_and_which_lacks_it(
    world: FileWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    await world.first()
    world.procore.put("Plans/A-101.pdf", b"%PDF plan, revised")
    world.procore.remove("note.txt")
    world.drive.put(f"{TOP}/neu.txt", b"new")
    report = (await proved(world))["report"]
    told = {
        "en": ("in the drive, not in Procore", "on both sides, differs in Procore"),
        "fr": ("dans le lecteur, pas dans Procore", "des deux côtés, diffère dans Procore"),
    }
    for language, (alone, differs) in told.items():
        i18n.set_language(language)
        documents_proof._show(report)
        lines = capsys.readouterr().out.splitlines()
        assert [alone in next(line for line in lines if name in line) for name in ("neu.txt", "note.txt")] == [True] * 2
        assert differs in next(line for line in lines if "A-101" in line)


async def test_a_content_that_rotted_under_its_version_is_found(world: FileWorld) -> None:
    """Nothing that a regular run looks at would tell."""
    await world.first()
    item = world.drive.at(f"{TOP}/note.txt")
    world.drive.items[item.id] = item._replace(content_hash="sha:0000")
    other = world.drive.at(f"{TOP}/Plans/A-101.pdf")
    world.drive.items[other.id] = other._replace(size_bytes=3, content_hash="")
    proof = await proved(world)
    assert causes(proof) == {"unexplained": {("content", "drive", "note.txt"), ("size", "drive", "Plans/A-101.pdf")}}


async def test_what_is_known_to_stay_apart_is_no_lack_of_agreement(world: FileWorld) -> None:
    world.procore.put("scan.las", b"x" * 200)
    await world.first(max_bytes=100)
    proof = await proved(world)
    assert proof["agrees"]
    (told,) = proof["report"]["tools"][0]["differences"]
    assert (told["cause"], told["path"], told["problem"]["code"]) == ("not_synchronized", "scan.las", "FIL-01")


async def test_a_broken_listing_proves_nothing(world: FileWorld) -> None:
    await world.first()

    def before(call: str) -> None:
        raise FileCallFailed(FileTrouble.UNREACHABLE, Problem("DRV-01"))

    world.drive.before = before
    said = await world.run(world.commands.prove(1))
    assert (said["state"], said["problem"]["code"]) == ("failed", "DRV-01")
    assert world.journal.file_proof_of(said["id"]) is None


async def test_a_project_that_was_never_read_cannot_be_proven(world: FileWorld) -> None:
    world.add()
    said = await world.run(world.commands.prove(1))
    assert (said["state"], said["problem"]["code"]) == ("failed", "DOC-36")
    assert world.project["phase"] == FilePhase.ADDED


async def test_a_report_shows_when_somebody_changed_it(world: FileWorld) -> None:
    await world.first()
    proof = await proved(world)
    signature = {"algorithm": "Ed25519", "key": proof["key"], "value": proof["signature"]}
    report = json.loads(json.dumps(proof["report"]))
    assert is_intact(report, signature)
    report["tools"][0]["counts"]["proven"]["files"] += 1
    assert not is_intact(report, signature)
    assert not is_intact(proof["report"], {**signature, "key": ReportKey.of(MemorySecrets()).public})
    assert not is_intact(proof["report"], {**signature, "value": "not base64"})


def test_the_key_of_a_computer_stays_and_a_broken_one_is_replaced() -> None:
    secrets = MemorySecrets()
    assert ReportKey.of(secrets).public == ReportKey.of(secrets).public
    secrets.put("report-key", "broken")
    assert ReportKey.of(secrets).public == ReportKey.of(secrets).public
