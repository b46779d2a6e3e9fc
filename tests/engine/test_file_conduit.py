"""The program is a conduit: contents pass through a private file and are gone; names and dates are all that stays."""

import stat
import sys
from pathlib import Path

import pytest

from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.problems import Problem
from tests.engine.file_world import FileWorld

MARK = b"SECRET-CONTENT-OF-A-CONTRACT"
TOP = "Procore/École Saint-Édouard/Documents"


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    made = FileWorld(tmp_path)
    made.procore.put("Contrats/contrat.pdf", b"%PDF " + MARK * 50)
    return made


def holding(folder: Path, words: bytes) -> list[str]:
    """Files that hold these bytes: the journal, what was not written into it yet, and whatever else there is."""
    return [file.name for file in folder.rglob("*") if file.is_file() and words in file.read_bytes()]


async def test_f256_f257_no_file_of_ours_and_no_row_of_the_journal_holds_a_content(
    world: FileWorld, tmp_path: Path
) -> None:
    """Copied, edited on both sides, in conflict, refused and deleted: everything that is remembered was written."""
    await world.first()
    world.drive.put(f"{TOP}/Contrats/contrat.pdf", MARK + b" signed")
    world.procore.put("Contrats/contrat.pdf", MARK + b" annotated")
    await world.run()
    world.procore.put("refused.txt", MARK)

    def refuse(call: str) -> None:
        if call == "upload":
            raise FileCallFailed(FileTrouble.REFUSED, Problem("DOC-05", {"name": "refused.txt"}))

    world.drive.before = refuse
    await world.run()
    world.drive.before = lambda call: None
    world.procore.remove("Contrats")
    await world.run()
    assert holding(tmp_path, b"contrat.pdf"), "names are kept, and the scan finds them"
    assert holding(tmp_path, MARK) == []


@pytest.mark.skipif(sys.platform == "win32", reason="rights of the profile's folder count there")
async def test_f259_a_content_on_its_way_is_readable_by_its_user_only(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    upload = world.drive.upload

    async def looked(parent_id: str, name: str, content: Path, **more: object) -> FileItem:
        seen.append(stat.S_IMODE(content.stat().st_mode))
        assert MARK in content.read_bytes()
        return await upload(parent_id, name, content, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(world.drive, "upload", looked)
    await world.first()
    assert seen == [0o600]
    assert list(world.temporary.iterdir()) == []


async def test_f260_what_a_killed_run_left_is_gone_after_the_next_one(world: FileWorld) -> None:
    (world.temporary / "77-abcdef.part").write_bytes(MARK)
    await world.first()
    assert list(world.temporary.iterdir()) == []
