"""Versions, authors and the export beside the history of files, on two stores in memory."""

import csv
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from maestro_procore.engine.file_versions import FileVersions
from maestro_procore.file_ports import FileStore
from maestro_procore.model.file_items import FileSide
from tests.gui.test_documents_page import Scene, agree, press, rows, run, scene

__all__ = ["scene"]


@pytest.fixture
def page(scene: Scene) -> Any:
    """A file that was edited in Procore, chosen in its history."""
    world = scene.world
    run(world.first())
    world.procore.put("note.txt", b"second")
    run(world.run())

    @asynccontextmanager
    async def stores(_project: Any, _pair: Any) -> AsyncIterator[Mapping[FileSide, FileStore]]:
        yield {FileSide.PROCORE: world.procore, FileSide.DRIVE: world.drive}  # type: ignore[dict-item]

    scene.desk.versions = FileVersions(world.journal, stores)  # type: ignore[arg-type, attr-defined]
    opened = scene.open()
    opened.tabs.setCurrentWidget(opened.activity)
    return opened


def test_f211_the_original_author_and_date_stand_beside_the_history(scene: Scene, page: Any) -> None:
    scene.world.procore.author = "Marc Tremblay"
    press(page, "versions_look")
    shown = rows(page.history.versions)
    assert [(row["side"], row["present"], row["by"]) for row in shown] == [
        ("Procore", "Present", "Marc Tremblay"),
        ("Procore", "", "Marc Tremblay"),
        ("Drive", "Present", ""),
        ("Drive", "", ""),
    ]


def test_f271_a_version_is_brought_back_with_one_question(scene: Scene, page: Any) -> None:
    press(page, "versions_look")
    assert not page.history.versions.back.isEnabled(), "the first one is present"
    page.history.versions.grid.selectRow(3)
    press(page, "versions_back")
    agree(page)
    for _ in range(2):
        for request in scene.world.journal.open_requests():
            run(scene.world.run(request))
    assert scene.world.copy["/note.txt"] == scene.world.procore.tree()["/note.txt"] == b"hello"


def test_a_service_that_does_not_answer_is_named(scene: Scene, page: Any) -> None:
    scene.world.procore.before = lambda name: (_ for _ in ()).throw(ConnectionError("gone"))
    press(page, "versions_look")
    assert page.history.versions.said.text()
    assert rows(page.history.versions) == []


def test_f219_the_history_is_saved_as_a_table(
    scene: Scene, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F215: who, when, which file, before and after."""
    file = tmp_path / "history.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    press(page, "activity_csv")
    assert str(file) in page.notice.words
    with file.open(encoding="utf-8-sig", newline="") as table:
        found = list(csv.DictReader(table))
    newest = found[-1]
    assert (newest["by"], newest["deed"], newest["side"], newest["path"]) == ("marie", "version", "drive", "note.txt")
    assert newest["at"].startswith("2026-11-02T") and newest["before"] != newest["after"]
    assert '"size": 5' in newest["before"] and '"size": 6' in newest["after"]
